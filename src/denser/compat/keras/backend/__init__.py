"""The functions of `keras.backend` as scripts of Keras 1, 2 and tf.keras know them."""

# fmt: off
# isort: off
from ....core.dtype import (
    is_float as is_float_dtype, is_integer as is_int_dtype, result_type, standardize_dtype,
)
from ....core.naming import get_uid
from ....core.tensor import KerasTensor, is_keras_tensor
from ....core.variable import Variable
from ....ops import (
    abs, cos, equal, exp, greater, greater_equal, less, less_equal, log, maximum, minimum,
    not_equal, round, sigmoid, sign, sin, softplus, softsign, square, tanh, transpose,
)
from ....random import SeedGenerator
from ....settings import epsilon, floatx, image_data_format, set_epsilon, set_floatx
from .chance import (
    random_bernoulli, random_binomial, random_normal, random_uniform, truncated_normal,
)
from .convolve import (
    asymmetric_spatial_2d_padding, asymmetric_temporal_padding, bias_add, conv1d, conv2d,
    conv2d_transpose, conv3d, conv3d_transpose, deconv2d, depthwise_conv2d, local_conv1d,
    local_conv2d, pool2d, pool3d, resize_images, resize_volumes, separable_conv1d, separable_conv2d,
    spatial_2d_padding, spatial_3d_padding,
)
from .graph import (
    Function, function, get_updates, gradients, in_test_phase, in_train_phase, stop_gradient,
    switch,
)
from ..keywords import layout as normalize_data_format
from .loops import ctc_batch_cost, ctc_decode, foldl, foldr, map_fn, rnn
from .maths import (
    all, any, arange, argmax, argmin, batch_dot, clip, concatenate, cumprod, cumsum, dot,
    expand_dims, gather, in_top_k, l2_normalize, logsumexp, max, mean, min, one_hot,
    permute_dimensions, pow, prod, repeat, repeat_elements, reverse, slice, sqrt, squeeze, stack,
    std, sum, temporal_padding, var,
)
from .network import (
    batch_normalization, binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy,
    categorical_focal_crossentropy, dropout, elu, hard_sigmoid, normalize_batch_in_training, relu,
    softmax, sparse_categorical_crossentropy,
)
from .process import (
    backend, clear_session, image_dim_ordering, learning_phase, learning_phase_scope,
    manual_variable_initialization, name_scope, reset_uids, set_image_data_format,
    set_image_dim_ordering, set_learning_phase,
)
from .sessions import get_session, set_session
from .shapes import batch_flatten, count_params, flatten, get_variable_shape, int_shape, ndim
from .shapes import reshape, shape, tile
from .variables import (
    batch_get_value, batch_set_value, cast, cast_to_floatx, constant, dtype, eval, eye, get_value,
    identity, is_placeholder, is_sparse, is_tensor, moving_average_update, ones, ones_like,
    placeholder, print_tensor, random_normal_variable, random_uniform_variable, set_value, to_dense,
    update, update_add, update_sub, variable, zeros, zeros_like,
)
