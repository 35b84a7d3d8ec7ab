"""VGG16, and what it wants of images."""

from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .vgg import VGG16 as VGG16

preprocess_input = preprocessing("caffe")
