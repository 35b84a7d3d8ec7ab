"""Layers: the parts that models are built of."""

from typing import Any

from .activation import ELU as ELU
from .activation import Activation as Activation
from .activation import LeakyReLU as LeakyReLU
from .activation import PReLU as PReLU
from .activation import ReLU as ReLU
from .activation import Softmax as Softmax
from .adaptive_pooling import AdaptiveAveragePooling1D as AdaptiveAveragePooling1D
from .adaptive_pooling import AdaptiveAveragePooling2D as AdaptiveAveragePooling2D
from .adaptive_pooling import AdaptiveAveragePooling3D as AdaptiveAveragePooling3D
from .adaptive_pooling import AdaptiveMaxPooling1D as AdaptiveMaxPooling1D
from .adaptive_pooling import AdaptiveMaxPooling2D as AdaptiveMaxPooling2D
from .adaptive_pooling import AdaptiveMaxPooling3D as AdaptiveMaxPooling3D
from .cells import GRUCell as GRUCell
from .cells import LSTMCell as LSTMCell
from .cells import SimpleRNNCell as SimpleRNNCell
from .cells import StackedRNNCells as StackedRNNCells
from .convolution import Conv1D as Conv1D
from .convolution import Conv1DTranspose as Conv1DTranspose
from .convolution import Conv2D as Conv2D
from .convolution import Conv2DTranspose as Conv2DTranspose
from .convolution import Conv3D as Conv3D
from .convolution import Conv3DTranspose as Conv3DTranspose
from .convolution import Convolution1D as Convolution1D
from .convolution import Convolution1DTranspose as Convolution1DTranspose
from .convolution import Convolution2D as Convolution2D
from .convolution import Convolution2DTranspose as Convolution2DTranspose
from .convolution import Convolution3D as Convolution3D
from .convolution import Convolution3DTranspose as Convolution3DTranspose
from .dense import Dense as Dense
from .embedding import Embedding as Embedding
from .function import Identity as Identity
from .function import Lambda as Lambda
from .input import Input as Input
from .input import InputLayer as InputLayer
from .input_spec import InputSpec as InputSpec
from .layer import LAYERS
from .layer import Layer as Layer
from .masking import Masking as Masking
from .merging import Add as Add
from .merging import Average as Average
from .merging import Concatenate as Concatenate
from .merging import Dot as Dot
from .merging import Maximum as Maximum
from .merging import Minimum as Minimum
from .merging import Multiply as Multiply
from .merging import Subtract as Subtract
from .merging import add as add
from .merging import average as average
from .merging import concatenate as concatenate
from .merging import dot as dot
from .merging import maximum as maximum
from .merging import minimum as minimum
from .merging import multiply as multiply
from .merging import subtract as subtract
from .normalization import BatchNormalization as BatchNormalization
from .normalization import GroupNormalization as GroupNormalization
from .normalization import LayerNormalization as LayerNormalization
from .normalization import RMSNormalization as RMSNormalization
from .normalization import UnitNormalization as UnitNormalization
from .pooling import AveragePooling1D as AveragePooling1D
from .pooling import AveragePooling2D as AveragePooling2D
from .pooling import AveragePooling3D as AveragePooling3D
from .pooling import AvgPool1D as AvgPool1D
from .pooling import AvgPool2D as AvgPool2D
from .pooling import AvgPool3D as AvgPool3D
from .pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
from .pooling import GlobalAveragePooling2D as GlobalAveragePooling2D
from .pooling import GlobalAveragePooling3D as GlobalAveragePooling3D
from .pooling import GlobalAvgPool1D as GlobalAvgPool1D
from .pooling import GlobalAvgPool2D as GlobalAvgPool2D
from .pooling import GlobalAvgPool3D as GlobalAvgPool3D
from .pooling import GlobalMaxPool1D as GlobalMaxPool1D
from .pooling import GlobalMaxPool2D as GlobalMaxPool2D
from .pooling import GlobalMaxPool3D as GlobalMaxPool3D
from .pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
from .pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
from .pooling import GlobalMaxPooling3D as GlobalMaxPooling3D
from .pooling import MaxPool1D as MaxPool1D
from .pooling import MaxPool2D as MaxPool2D
from .pooling import MaxPool3D as MaxPool3D
from .pooling import MaxPooling1D as MaxPooling1D
from .pooling import MaxPooling2D as MaxPooling2D
from .pooling import MaxPooling3D as MaxPooling3D
from .recurrent import GRU as GRU
from .recurrent import LSTM as LSTM
from .recurrent import RNN as RNN
from .recurrent import SimpleRNN as SimpleRNN
from .regularization import ActivityRegularization as ActivityRegularization
from .regularization import AlphaDropout as AlphaDropout
from .regularization import Dropout as Dropout
from .regularization import GaussianDropout as GaussianDropout
from .regularization import GaussianNoise as GaussianNoise
from .regularization import SpatialDropout1D as SpatialDropout1D
from .regularization import SpatialDropout2D as SpatialDropout2D
from .regularization import SpatialDropout3D as SpatialDropout3D
from .reshaping import Cropping1D as Cropping1D
from .reshaping import Cropping2D as Cropping2D
from .reshaping import Cropping3D as Cropping3D
from .reshaping import Flatten as Flatten
from .reshaping import Permute as Permute
from .reshaping import RepeatVector as RepeatVector
from .reshaping import Reshape as Reshape
from .reshaping import UpSampling1D as UpSampling1D
from .reshaping import UpSampling2D as UpSampling2D
from .reshaping import UpSampling3D as UpSampling3D
from .reshaping import ZeroPadding1D as ZeroPadding1D
from .reshaping import ZeroPadding2D as ZeroPadding2D
from .reshaping import ZeroPadding3D as ZeroPadding3D
from .separable import DepthwiseConv1D as DepthwiseConv1D
from .separable import DepthwiseConv2D as DepthwiseConv2D
from .separable import SeparableConv1D as SeparableConv1D
from .separable import SeparableConv2D as SeparableConv2D
from .separable import SeparableConvolution1D as SeparableConvolution1D
from .separable import SeparableConvolution2D as SeparableConvolution2D
from .wrappers import Bidirectional as Bidirectional
from .wrappers import TimeDistributed as TimeDistributed
from .wrappers import Wrapper as Wrapper


def serialize(layer: Layer) -> dict[str, Any]:
    """The config of a layer, from which `deserialize` makes it again; without weights."""
    return LAYERS.serialize(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The layer that a config describes, with new weights."""
    return LAYERS.deserialize(config, custom_objects)
