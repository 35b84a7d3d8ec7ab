"""`keras.preprocessing` as scripts of Keras 1, 2 and tf.keras know it."""

from . import image as image
from . import sequence as sequence
from . import text as text
