"""Configs in the form of versions before 3: the face of `denser.utils.legacy`."""

from ...saving.older import deserialize_keras_object as deserialize_keras_object
from ...saving.older import serialize_keras_object as serialize_keras_object
