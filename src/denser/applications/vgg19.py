"""VGG19, and what it wants of images."""

from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .vgg import VGG19 as VGG19

preprocess_input = preprocessing("caffe")
