"""Fingerprints against numbers from TensorFlow 2.21: `to_hash_bucket_fast` and `_strong`."""

import jax
import jax.numpy as jnp
import numpy as np

from denser.core import fingerprint

BINS = np.uint64(2**62 - 57)
TEXT = "".join(chr(97 + i * 7 % 26) for i in range(300)).encode()
FAST = {
    0: 1936946117179621569, 1: 3694432073954588245, 3: 3268219959478574187,
    4: 4287492572700357323, 7: 3253435701257059253, 8: 1420088497208371346,
    16: 3789395809548765705, 17: 2237273621417572890, 32: 1600711689105381934,
    33: 3433394632666914021, 64: 2314457052903470921, 65: 2768067016444695309,
    127: 349151144761152466, 128: 1257756605311619583, 129: 1060550032972533880,
    300: 3282104783724076479,
}  # fmt: skip
STRONG = {
    0: 316627932347063053, 1: 2466253977694453507, 7: 3578713616717672814,
    8: 402495816166331470, 9: 3309275318855051265, 65: 2698746121392275876,
    300: 4217610116403928712,
}  # fmt: skip


def test_words_of_every_length_have_tensorflows_hashes():
    words = [TEXT[:length] for length in FAST]
    assert dict(zip(FAST, fingerprint.of_words(words) % BINS, strict=True)) == FAST
    words = [TEXT[:length] for length in STRONG]
    found = fingerprint.of_words(words, (133, 137)) % BINS
    assert dict(zip(STRONG, found, strict=True)) == STRONG
    assert fingerprint.of_words(["é日本".encode()]) % BINS == 182395348649139687


def test_an_integer_in_a_program_has_the_hash_of_its_digits():
    x = np.array([-(2**31), 2**31 - 1, 10**9, 0, -1, 9, 10, -10, 99999, -99999], "int32")
    words = [str(value).encode() for value in x]
    for key in (None, (3, 4)):

        def low_bits(x, key=key):
            return (fingerprint.of_integers(x, key) % np.uint64(2**31)).astype(jnp.int32)

        found = jax.jit(lambda x, f=low_bits: fingerprint.within_64_bits(f, x))(x)
        assert found.tolist() == (fingerprint.of_words(words, key) % np.uint64(2**31)).tolist()
