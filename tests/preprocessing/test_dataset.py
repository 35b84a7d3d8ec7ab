"""Dataset: what its methods give, that passes repeat, and that models take it."""

import threading

import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser.core.messages import UserError
from denser.layers import Dense, Input
from denser.preprocessing import Dataset

numbers = Dataset.range
STREAM = numbers(10).map(lambda n: n)  # no rows: elements one after another


def values(dataset):
    """The elements as plain numbers and lists."""
    return [plain(element) for element in dataset]


def plain(element):
    if isinstance(element, tuple):
        return tuple(map(plain, element))
    return np.asarray(element).tolist()


PIPELINES = {
    "rows": numbers(10),
    "rows, shuffled": numbers(10).shuffle(10, seed=1),
    "rows, shuffled a little": numbers(10).shuffle(3, seed=1).batch(4),
    "rows, many times": numbers(4).shuffle(4, seed=1).repeat(3).batch(5),
    "batches, many times": numbers(4).shuffle(4, seed=1).batch(3).repeat(3),
    "batches, cut": numbers(10).batch(3).skip(1).take(2),
    "stream": STREAM.shuffle(4, seed=2).batch(3).prefetch(2),
    "stream, many times": STREAM.filter(lambda n: n % 2).repeat(2),
    "endless": STREAM.shuffle(10, seed=3).repeat().take(25),
    "threads": STREAM.map(lambda n: n * n, num_parallel_calls=3).enumerate(),
    "zipped": Dataset.zip(numbers(5), STREAM.skip(2)),
    "joined": numbers(3).concatenate(STREAM).shard(3, 1),
    "cached": STREAM.shuffle(10, seed=4).cache(),
    "windows": numbers(7).window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3)),
    "in turn": numbers(4).interleave(lambda n: Dataset.from_tensors(n).repeat(3), 2, 2),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pass_repeats_from_any_element_on(name):
    dataset = PIPELINES[name]
    for number in (0, 3):
        whole = list(map(plain, dataset.epoch(number)))
        assert list(map(plain, dataset.epoch(number))) == whole
        assert len(whole) > 0 and dataset.cardinality() in (len(whole), Dataset.UNKNOWN)
        for first in (1, 4, len(whole), len(whole) + 1):
            assert list(map(plain, dataset.epoch(number, first))) == whole[first:]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (numbers(2, 8, 3), [2, 5]),
        (numbers(5).batch(2, drop_remainder=True), [[0, 1], [2, 3]]),
        (numbers(3).repeat(2).batch(4), [[0, 1, 2, 0], [1, 2]]),
        (numbers(3).batch(2).repeat(2), [[0, 1], [2], [0, 1], [2]]),
        (numbers(5).batch(2).unbatch(), [0, 1, 2, 3, 4]),
        (STREAM.batch(4).unbatch().take(3), [0, 1, 2]),
        (STREAM.take_while(lambda n: n < 2), [0, 1]),
        (numbers(9).shard(3, 1), [1, 4, 7]),
        (numbers(2).enumerate(start=5), [(5, 0), (6, 1)]),
        (numbers(3).repeat(0), []),
        (STREAM.filter(lambda n: False).repeat(), []),
        (Dataset.zip((numbers(2), (numbers(3), STREAM))), [(0, (0, 0)), (1, (1, 1))]),
        (numbers(3).interleave(lambda n: Dataset.from_tensors(n).repeat(3), 2, 2),
         [0, 0, 1, 1, 0, 1, 2, 2, 2]),
        (numbers(7).window(3, 1, 2, True).flat_map(lambda w: w.batch(3)),
         [[0, 2, 4], [1, 3, 5], [2, 4, 6]]),
        (numbers(5).window(2, shift=3).flat_map(lambda w: w.batch(2)), [[0, 1], [3, 4]]),
    ],
)  # fmt: skip
def test_methods_give_what_tf_data_gives(dataset, expected):
    assert values(dataset) == expected


def test_shuffling_draws_every_element_once_from_the_next_few():
    for dataset in (
        numbers(50).shuffle(5, seed=0),
        STREAM.repeat(5).enumerate().shuffle(5, seed=0),
    ):
        order = [v if isinstance(v, int) else v[0] for v in values(dataset)]
        assert sorted(order) == list(range(50)) and order != sorted(order)
        assert all(value < place + 5 for place, value in enumerate(order))
    again = numbers(50).shuffle(50, seed=0)
    assert values(again) != values(again)
    same = numbers(50).shuffle(50, seed=0, reshuffle_each_iteration=False)
    assert values(same) == values(same)


def test_elements_nest_and_hold_text():
    dataset = Dataset.from_tensor_slices({"word": ["ä", "bc"], "n": [1, 2]})
    (batch,) = dataset.batch(2)
    assert batch["word"].tolist() == ["ä", "bc"] and batch["word"].dtype == object
    assert batch["n"].dtype == np.int32
    (mapped,) = dataset.map(lambda row: (row["word"], jnp.sin(row["n"]))).batch(2)
    assert mapped[0].tolist() == ["ä", "bc"] and mapped[1].shape == (2,)


def test_element_spec_knows_shapes_and_types():
    dataset = Dataset.from_tensor_slices((np.eye(3, dtype="uint8"), ["a", "b", "c"])).batch(2)
    for found in (dataset, dataset.map(lambda x, text: (x, text))):
        x, text = found.element_spec
        assert (x.shape, x.dtype, text.shape, text.dtype) == ((None, 3), "uint8", (None,), "string")


def test_padded_batches():
    rows = Dataset.from_generator(lambda: ((np.arange(n), n) for n in (1, 3, 2)))
    assert values(rows.padded_batch(2)) == [([[0, 0, 0], [0, 1, 2]], [1, 3]), ([[0, 1]], [2])]
    (whole,) = rows.padded_batch(3, padded_shapes=([4], []), padding_values=(-1, 0))
    assert whole[0][0].tolist() == [0, -1, -1, -1]
    with pytest.raises(UserError, match="larger"):
        list(rows.padded_batch(3, padded_shapes=([2], [])))


def test_a_generator_is_called_anew_and_checked():
    spec = denser.KerasTensor((None,), "float32")
    dataset = Dataset.from_generator(lambda n: ([i] * n for i in range(2)), (2,), spec)
    assert values(dataset) == values(dataset) == [[0, 0], [1, 1]]
    assert next(iter(dataset)).dtype == np.float32
    wrong = Dataset.from_generator(lambda: [1.0], (), spec)
    with pytest.raises(UserError, match="shape"):
        list(wrong)


def test_cache_keeps_the_first_pass(tmp_path):
    calls = []

    def make():
        calls.append(1)
        yield {"x": np.float32([1.5, 2])}, "hé", None, np.array(["q", "rs"], object)
        yield {"x": np.float32([])}, "", None, np.array(["", "t"], object)

    def same(a, b):
        return [list(map(str, e)) for e in a] == [list(map(str, e)) for e in b]

    in_file = Dataset.from_generator(make).cache(tmp_path / "Ünicode" / "kept")
    assert len(list(in_file.take(1))) == 1 and not list(tmp_path.rglob("*.cache"))
    for dataset in (Dataset.from_generator(make).cache(), in_file):
        calls.clear()
        first = list(dataset)
        assert same(list(dataset), first) and len(calls) == 1
    assert same(list(Dataset.from_generator(make).cache(tmp_path / "Ünicode" / "kept")), first)
    (file,) = tmp_path.rglob("*.cache")
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(UserError, match="delete it"):
        list(in_file)


def test_cache_in_a_file_keeps_bytes_and_serves_two_passes_at_once(tmp_path):
    words = [b"ab\0", b"\xff\0"]
    alone = Dataset.of_list([*words, "x\0"]).cache(tmp_path / "alone")
    assert list(alone) == list(alone) == [*words, "x\0"]
    (batch,) = [list(d) for d in [Dataset.of_list(words).batch(2).cache(tmp_path / "b")] * 2][1]
    assert batch.tolist() == words
    both = Dataset.of_list([np.int32(1), np.int32(2)]).cache(tmp_path / "twice")
    first, second = iter(both), iter(both)
    assert [next(first), next(second), *first, *second] == [1, 1, 2, 2]
    assert not list(tmp_path.glob("*.part"))


def test_threads_end_and_hand_on_errors():
    before = threading.active_count()
    dataset = STREAM.map(lambda n: 1 // int(5 - n), num_parallel_calls=2).prefetch(2)
    with pytest.raises(ZeroDivisionError):
        list(dataset)
    for _ in STREAM.map(lambda n: n, num_parallel_calls=2).prefetch(2):
        break
    unordered = STREAM.map(lambda n: n, num_parallel_calls=2, deterministic=False)
    assert sorted(values(unordered)) == list(range(10))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: numbers(3).batch(0), "batch_size"),
        (lambda: numbers(3).shuffle(0), "buffer_size"),
        (lambda: numbers(3).shard(2, 2), "index"),
        (lambda: len(numbers(3).repeat()), "no end"),
        (lambda: len(STREAM.filter(bool)), "length"),
        (lambda: Dataset.from_tensor_slices(([1], [1, 2])), "different numbers of rows"),
        (lambda: Dataset.from_generator([1, 2]), "function"),
        (lambda: list(Dataset.from_generator(lambda: [[1], [1, 2]]).batch(2)), "padded_batch"),
    ],
)
def test_what_cannot_be_is_said(use, message):
    with pytest.raises(UserError, match=message):
        use()


X = np.random.default_rng(0).random((50, 4), np.float32)
Y = (X.sum(1) > 2).astype("int32")
ROWS = Dataset.from_tensor_slices((X, Y)).shuffle(50, seed=5).batch(16)


def model():
    denser.utils.set_random_seed(1)
    made = denser.Sequential([Input((4,)), Dense(8, "relu"), Dense(2, "softmax")])
    made.compile("adam", "sparse_categorical_crossentropy")
    return made


@pytest.mark.parametrize("steps", [None, 3, 6])
def test_fit_is_the_same_by_rows_and_by_batches(steps):
    stream = ROWS.map(lambda x, y: (x, y)).prefetch(2)
    kinds = [ROWS, stream, *([stream.repeat()] if steps else [])]
    losses = []
    for dataset in kinds:
        made = model()
        history = made.fit(dataset, epochs=3, steps_per_epoch=steps, validation_data=ROWS.take(2),
                           verbose=0).history  # fmt: skip
        losses.append([*history["loss"], *history["val_loss"]])
    for other in losses[1:]:  # of another program, whose sums XLA may order otherwise
        np.testing.assert_allclose(other, losses[0], rtol=1e-6)
    resumed = model()
    resumed.set_weights(made.get_weights())
    ahead = resumed.fit(kinds[0], initial_epoch=3, epochs=4, steps_per_epoch=steps, verbose=0)
    resumed.set_weights(made.get_weights())
    resumed.compile("adam", "sparse_categorical_crossentropy")
    again = resumed.fit(kinds[1], initial_epoch=3, epochs=4, steps_per_epoch=steps, verbose=0)
    np.testing.assert_allclose(again.history["loss"], ahead.history["loss"], rtol=1e-6)


def test_evaluate_and_predict_take_it():
    made, stream = model(), ROWS.map(lambda x, y: (x, y))
    assert made.evaluate(ROWS, verbose=0) == made.evaluate(stream, verbose=0)
    assert made.evaluate(stream.repeat(), steps=2, verbose=0) > 0
    order = np.concatenate([x for x, _ in ROWS.epoch(0)])
    found = made.predict(stream.map(lambda x, y: x), verbose=0)
    np.testing.assert_allclose(found, made.predict(order, verbose=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (Dataset.from_tensor_slices((X, Y)), "batch"),
        (Dataset.from_tensor_slices((X, Y)).map(lambda x, y: (x, y)), "batch"),
        (ROWS.repeat(), "steps_per_epoch"),
        (ROWS.take(0), "no batch"),
    ],
)
def test_fit_says_what_is_missing(dataset, message):
    with pytest.raises(UserError, match=message):
        model().fit(dataset, verbose=0)
