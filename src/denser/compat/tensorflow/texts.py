"""tf.strings and tf.lookup: text is bytes in NumPy's arrays, and its functions run on the host."""

import re
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...core.messages import UserError
from . import arrays
from .dtypes import as_dtype, kept
from .ragged import RaggedTensor, constant
from .tensor import Tensor, as_bytes, unwrap


def _text(x: Any) -> Any:
    """Text of any kind as an array of bytes."""
    x = unwrap(x)
    return as_bytes(x if not isinstance(x, (str, bytes)) else np.array(x, object))


def _each(function: Callable[..., Any], x: Any, *others: Any) -> np.ndarray:
    found = np.frompyfunc(function, 1 + len(others), 1)(_text(x), *others)
    return np.asarray(found, dtype=object)


def _words(function: Callable[..., bytes]) -> Callable[..., Any]:
    def run(input: Any, *args: Any, name: Any = None, encoding: Any = "", **kwargs: Any) -> Any:
        if isinstance(input, RaggedTensor):
            return input.map_values(lambda v: run(v, *args, **kwargs))
        return Tensor(_each(lambda t: function(t, *args, **kwargs), input))

    return run


def _numbers(function: Callable[..., Any], dtype: str) -> Callable[..., Any]:
    def run(input: Any, *args: Any, name: Any = None, **kwargs: Any) -> Any:
        found = _each(lambda t: function(t, *args, **kwargs), input)
        return Tensor(jnp.asarray(np.asarray(found, dtype)))

    return run


def _substr(text: bytes, pos: Any, length: Any, unit: str = "BYTE") -> bytes:
    pos, length = int(pos), int(length)
    if unit == "UTF8_CHAR":
        return text.decode()[pos:][:length].encode()
    return text[pos:][:length]


def _length(text: bytes, unit: str = "BYTE") -> int:
    return len(text.decode()) if unit == "UTF8_CHAR" else len(text)


def _pieces(function: Callable[[bytes], list[bytes]]) -> Callable[..., Any]:
    """A function that cuts a text into several: a row of them for one, a RaggedTensor for more."""

    def run(input: Any, *args: Any, name: Any = None, **kwargs: Any) -> Any:
        text = _text(input)
        if not text.ndim:
            return Tensor(np.asarray(function(text[()], *args, **kwargs), object))
        if text.ndim > 1:
            return RaggedTensor([run(row, *args, **kwargs) for row in text])
        return constant([function(t, *args, **kwargs) for t in text.ravel()])

    return run


def _split(text: bytes, sep: Any = None, maxsplit: int = -1) -> list[bytes]:
    sep = sep.encode() if isinstance(sep, str) else sep
    return text.split(sep or None, maxsplit)


def _characters(text: bytes, input_encoding: str = "UTF-8", **kwargs: Any) -> list[bytes]:
    return [c.encode() for c in text.decode(input_encoding)]


def unicode_decode(input: Any, input_encoding: str = "UTF-8", **kwargs: Any) -> Any:
    """The numbers of a text's characters; rows of them for several texts."""
    text = _text(input)
    if text.ndim:
        return RaggedTensor([unicode_decode(t, input_encoding) for t in text])
    codes = [ord(c) for c in text[()].decode(input_encoding)]
    return arrays.convert_to_tensor(codes, "int32")


def unicode_encode(input: Any, output_encoding: str = "UTF-8", **kwargs: Any) -> Any:
    """The texts of rows of characters' numbers."""
    if isinstance(input, RaggedTensor) or np.ndim(unwrap(input)) > 1:
        texts = [unicode_encode(row, output_encoding).numpy() for row in input]
        return Tensor(np.array(texts, object))
    codes = np.asarray(unwrap(arrays.convert_to_tensor(input)))
    output_encoding = output_encoding.replace("-BE", "be").replace("-", "")
    return Tensor(np.array("".join(map(chr, codes)).encode(output_encoding), object))


def join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    """Several texts joined, element by element."""
    if isinstance(inputs, Tensor):
        inputs = list(inputs)
    parts = np.broadcast_arrays(*map(_text, inputs))
    joined = np.frompyfunc(lambda *texts: separator.encode().join(texts), len(parts), 1)(*parts)
    return Tensor(np.asarray(joined, object))


def reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: Any = None
) -> Any:
    """The texts of an axis joined."""
    if isinstance(inputs, RaggedTensor):
        rows = [reduce_join(row, -1, False, separator).numpy() for row in inputs]
        return Tensor(as_bytes(np.array(rows, object)))
    text, sep = _text(inputs), separator.encode()
    if axis is None:
        return Tensor(np.array(sep.join(text.ravel()), object))
    rows = np.moveaxis(text, axis, -1)
    found = np.empty(rows.shape[:-1], object)
    for place in np.ndindex(*found.shape):
        found[place] = sep.join(rows[place])
    return Tensor(np.expand_dims(found, axis) if keepdims else found)


def as_string(
    input: Any, precision: int = -1, scientific: bool = False, shortest: bool = False,
    width: int = -1, fill: str = "", name: Any = None,
) -> Any:  # fmt: skip
    """Numbers as text."""

    def form(x: Any) -> str:
        if isinstance(x, (float, np.floating)):
            return f"{x:.{precision if precision >= 0 else 6}f}"
        return str(x).lower() if isinstance(x, (bool, np.bool_)) else str(x)

    numbers = np.asarray(unwrap(arrays.convert_to_tensor(input))).astype(object)
    found = np.frompyfunc(lambda x: form(x).rjust(max(width, 0), fill or " ").encode(), 1, 1)
    return Tensor(np.asarray(found(numbers), object))


def to_number(input: Any, out_type: Any = "float32", name: Any = None) -> Any:
    """Text as numbers."""
    name = kept(out_type)
    convert = int if "int" in name else float
    return Tensor(jnp.asarray(np.asarray(_each(convert, input), name)))


def format_(template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3) -> Any:
    """A text with tensors in its places."""
    for value in inputs if isinstance(inputs, (list, tuple)) else [inputs]:
        value = value.numpy() if isinstance(value, Tensor) else value
        template = template.replace(placeholder, str(value), 1)
    return Tensor(np.array(template.encode(), object))


def _regex(text: bytes, pattern: Any, rewrite: Any, replace_global: bool = True) -> bytes:
    pattern, rewrite = (p.decode() if isinstance(p, bytes) else p for p in (pattern, rewrite))
    pattern = re.sub(r"\[:punct:\]", re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), pattern)
    return re.sub(pattern, rewrite, text.decode(), count=0 if replace_global else 1).encode()


def _bucket(text: bytes, num_buckets: int) -> int:
    number = 0xCBF29CE484222325  # FNV-1a: a hash that stays the same from run to run
    for byte in text:
        number = (number ^ byte) * 0x100000001B3 % 2**64
    return number % int(num_buckets)


def unicode_transcode(input: Any, input_encoding: str, output_encoding: str, **kwargs: Any) -> Any:
    """Text in another encoding."""
    return Tensor(_each(lambda t: t.decode(input_encoding).encode(output_encoding), input))


STRINGS: dict[str, Any] = {
    "lower": _words(lambda t: t.decode().lower().encode()),
    "upper": _words(lambda t: t.decode().upper().encode()),
    "strip": _words(bytes.strip), "regex_replace": _words(_regex), "substr": _words(_substr),
    "length": _numbers(_length, "int32"),
    "regex_full_match": _numbers(
        lambda t, pattern: re.fullmatch(pattern, t.decode()) is not None, "bool"),
    "to_hash_bucket": _numbers(_bucket, "int32"), "to_hash_bucket_fast": _numbers(_bucket, "int32"),
    "to_hash_bucket_strong": _numbers(lambda t, n, key=None: _bucket(t, n), "int32"),
    "split": _pieces(_split), "bytes_split": _pieces(lambda t: [bytes([b]) for b in t]),
    "unicode_split": _pieces(_characters),
    "unicode_decode": unicode_decode, "unicode_encode": unicode_encode,
    "unicode_transcode": unicode_transcode, "join": join, "reduce_join": reduce_join,
    "as_string": as_string, "to_number": to_number, "format": format_,
}  # fmt: skip


class KeyValueTensorInitializer:
    """Keys and values of a table."""

    def __init__(self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None,
                 name: Any = None):  # fmt: skip
        self.keys, self.values = arrays.convert_to_tensor(keys), arrays.convert_to_tensor(values)


class TextFileIndex:
    """What of a line is a key or a value."""

    WHOLE_LINE, LINE_NUMBER = -2, -1


class TextFileInitializer:
    """Keys and values from the lines of a file."""

    def __init__(
        self, filename: Any, key_dtype: Any, key_index: int, value_dtype: Any, value_index: int,
        vocab_size: Any = None, delimiter: str = "\t", name: Any = None,
        value_index_offset: int = 0,
    ):  # fmt: skip
        with open(filename, "rb") as file:
            lines = [line.rstrip(b"\r\n") for line in file][:vocab_size]

        def column(index: int, dtype: Any) -> Any:
            if index == TextFileIndex.LINE_NUMBER:
                return arrays.convert_to_tensor(np.arange(len(lines)))
            found = lines if index == -2 else [x.split(delimiter.encode())[index] for x in lines]
            text = Tensor(np.asarray(found, object))
            return text if as_dtype(dtype).name == "string" else to_number(text, dtype)

        self.keys, self.values = column(key_index, key_dtype), column(value_index, value_dtype)


class StaticHashTable:
    """A table from keys to values.

    Args:
        initializer: Its keys and values.
        default_value: The value of a key that it does not have.
    """

    def __init__(self, initializer: Any, default_value: Any, name: Any = None,
                 experimental_is_anonymous: bool = False):  # fmt: skip
        keys, values = (_known(unwrap(x)) for x in (initializer.keys, initializer.values))
        self._table = dict(zip(keys.tolist(), values.tolist(), strict=True))
        self._text, self._dtype = values.dtype.kind == "O", values.dtype
        self._default = default_value
        if self._text:
            self._default = as_bytes(np.array(default_value, object))[()]

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of some keys."""
        if isinstance(keys, RaggedTensor):
            return keys.map_values(self.lookup)
        found = np.frompyfunc(lambda k: self._table.get(k, self._default), 1, 1)(
            _known(unwrap(arrays.convert_to_tensor(keys)))
        )
        found = np.asarray(found, object)
        return Tensor(found if self._text else jnp.asarray(found.astype(self._dtype)))

    __getitem__ = lookup

    def size(self, name: Any = None) -> Any:
        """How many keys there are."""
        return arrays.convert_to_tensor(len(self._table))


def _known(array: Any) -> np.ndarray:
    """NumPy's array with Python's own keys."""
    return np.asarray(array)


class StaticVocabularyTable(StaticHashTable):
    """A table from words to numbers, with buckets for words that it does not have.

    Args:
        initializer: Its words and numbers.
        num_oov_buckets: How many numbers after the last one are for other words.
    """

    def __init__(self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None,
                 name: Any = None, experimental_is_anonymous: bool = False):  # fmt: skip
        super().__init__(initializer, -1)
        if not num_oov_buckets:
            raise UserError("StaticVocabularyTable: `num_oov_buckets` must be 1 or more.")
        self._count, self._buckets = len(self._table), num_oov_buckets

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The numbers of some words."""
        if isinstance(keys, RaggedTensor):
            return keys.map_values(self.lookup)
        words = _text(keys) if np.asarray(unwrap(keys)).dtype.kind in "OSU" else np.asarray(keys)

        def number(word: Any) -> int:
            text = word if isinstance(word, bytes) else str(word).encode()
            return self._table.get(word, self._count + _bucket(text, self._buckets))

        found = np.asarray(np.frompyfunc(number, 1, 1)(words), object)
        return Tensor(jnp.asarray(found.astype("int32")))

    __getitem__ = lookup

    def size(self, name: Any = None) -> Any:
        """How many numbers there are."""
        return arrays.convert_to_tensor(self._count + self._buckets)


LOOKUP: dict[str, Any] = {
    "StaticHashTable": StaticHashTable, "StaticVocabularyTable": StaticVocabularyTable,
    "KeyValueTensorInitializer": KeyValueTensorInitializer, "TextFileIndex": TextFileIndex,
    "TextFileInitializer": TextFileInitializer,
}  # fmt: skip
