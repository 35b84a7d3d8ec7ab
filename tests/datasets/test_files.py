"""Finding, downloading and unpacking files."""

import hashlib
import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from denser.datasets import download as transfer
from denser.datasets.archives import read, unpack
from denser.datasets.download import bring
from denser.datasets.files import fetch, find, get_file

DATA = bytes(range(256)) * 5000
SHA = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Serves DATA; its server's `breaks_after`, `ranges` and `requests` say how and what came."""

    def do_GET(self):
        asked = self.headers.get("Range", "")
        self.server.requests.append((self.path, asked))
        if self.path != "/data.bin":
            return self.send_error(404)
        start = int(asked[len("bytes=") : -1]) if asked and self.server.ranges else 0
        if start >= len(DATA):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        self.end_headers()
        stop = start + self.server.breaks_after if self.server.breaks_after else len(DATA)
        self.wfile.write(DATA[start:stop])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.requests, server.ranges, server.breaks_after = [], True, None
        server.url = f"http://127.0.0.1:{server.server_port}/data.bin"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def closed(server):
    """An address of this machine where nobody listens."""
    return "http://127.0.0.1:1/data.bin"


def left(folder):
    return sorted(path.name for path in folder.iterdir())


# Finding


def test_folders_are_looked_in_in_order(cache, tmp_path, monkeypatch):
    keras, given = tmp_path / "keras" / "datasets", tmp_path / "given"
    assert find("a.npz") is None
    for folder in (keras, cache, given):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.npz").touch()
        monkeypatch.setenv("DENSER_DATASETS", str(given))
        assert find("b.npz", "a.npz") == folder / "a.npz"
    assert find(keras / "a.npz") == keras / "a.npz"


def test_a_file_that_is_here_is_not_asked_for(cache, offline):
    (cache / "data.bin").write_bytes(b"of the user")
    assert fetch("data.bin", "http://127.0.0.1/data.bin", SHA) == cache / "data.bin"


@pytest.mark.parametrize("allowed", [True, False])
def test_a_missing_file_is_one_clear_error(cache, tmp_path, offline, allowed):
    with pytest.raises(FileNotFoundError) as caught:
        fetch("data.bin", "http://127.0.0.1/data.bin", SHA, download=allowed)
    message = str(caught.value)
    assert ("no network" if allowed else "not allowed") in message
    for part in (cache, tmp_path / "keras/datasets", "DENSER_DATASETS", "http://127.0.0.1/data"):
        assert str(part) in message
    assert left(cache) == []


# Downloading


@pytest.mark.parametrize("checksum", [SHA, MD5, SHA.upper(), None])
def test_download(server, cache, checksum):
    path = bring(server.url, cache / "deep/data.bin", checksum)
    assert path.read_bytes() == DATA
    assert left(path.parent) == ["data.bin"]


def test_fetch_downloads_once(server, cache):
    for _ in range(2):
        assert fetch("data.bin", server.url, SHA) == cache / "data.bin"
    assert len(server.requests) == 1


def test_a_broken_connection_is_taken_up_again(server, cache):
    server.breaks_after = 300_000
    assert bring(server.url, cache / "data.bin", SHA).read_bytes() == DATA
    assert [asked for _, asked in server.requests[:3]] == ["", "bytes=300000-", "bytes=600000-"]


def test_a_later_call_asks_for_the_rest_only(server, cache):
    (cache / "data.bin.part").write_bytes(DATA[:1_000_000])
    assert bring(server.url, cache / "data.bin", SHA).read_bytes() == DATA
    assert server.requests == [("/data.bin", "bytes=1000000-")]


def test_a_part_that_is_whole_already(server, cache):
    (cache / "data.bin.part").write_bytes(DATA)
    assert bring(server.url, cache / "data.bin", SHA).read_bytes() == DATA


@pytest.mark.parametrize("part", [b"another version", DATA + b"too long"])
def test_a_part_of_another_file_is_dropped(server, cache, part):
    (cache / "data.bin.part").write_bytes(part)
    assert bring(server.url, cache / "data.bin", SHA).read_bytes() == DATA


def test_without_a_checksum_nothing_is_resumed(server, cache):
    (cache / "data.bin.part").write_bytes(b"perhaps of another version")
    assert bring(server.url, cache / "data.bin").read_bytes() == DATA


def test_a_server_without_ranges(server, cache):
    server.ranges = False
    (cache / "data.bin.part").write_bytes(DATA[:1000])
    assert bring(server.url, cache / "data.bin", SHA).read_bytes() == DATA
    server.breaks_after = 1000
    with pytest.raises(ConnectionError, match="after 1,000 of 1,280,000 bytes"):
        bring(server.url, cache / "again.bin", SHA)
    assert left(cache) == ["again.bin.part", "data.bin"]


def test_a_wrong_checksum_keeps_nothing(server, cache):
    with pytest.raises(ValueError, match=f"checksum {SHA}; expected 0000"):
        fetch("data.bin", server.url, "0" * 64)
    assert left(cache) == []


def test_refusals_of_the_network(server, closed, cache):
    with pytest.raises(FileNotFoundError, match="404"):
        fetch("data.bin", server.url + "x", SHA)
    with pytest.raises(FileNotFoundError, match="(?i)refused"):
        fetch("data.bin", closed, SHA)
    with pytest.raises(ValueError, match="must start with one of"):
        fetch("data.bin", "data:,hello", SHA)
    with pytest.raises(ValueError, match="MD5 or SHA-256"):
        bring(server.url, cache / "data.bin", "abc")


def test_two_at_once_do_not_mix(server, cache):
    threads = [
        threading.Thread(target=bring, args=(server.url, cache / "data.bin", SHA)) for _ in range(2)
    ]
    with transfer.alone_in(cache):
        for thread in threads:
            thread.start()
        assert server.requests == []
    for thread in threads:
        thread.join()
    assert (cache / "data.bin").read_bytes() == DATA
    assert left(cache) == ["data.bin"]


# get_file


def test_get_file(server, cache, tmp_path):
    here = str(cache / "data.bin")
    assert get_file(origin=server.url, file_hash=SHA) == here
    assert get_file(origin=server.url, md5_hash=MD5, hash_algorithm="md5") == here
    assert len(server.requests) == 1
    assert get_file(origin=server.url, force_download=True) == here
    assert len(server.requests) == 2
    Path(here).write_bytes(b"outdated")
    assert Path(get_file(origin=server.url, file_hash=SHA)).read_bytes() == DATA
    elsewhere = get_file("b.bin", server.url, cache_dir=tmp_path / "x", cache_subdir="y")
    assert elsewhere == str(tmp_path / "x/y/b.bin")
    absolute = get_file("b.bin", server.url, cache_subdir=str(tmp_path / "z"))
    assert absolute == str(tmp_path / "z/b.bin")


def test_get_file_takes_what_lies_in_keras_cache(cache, tmp_path, offline):
    kept = tmp_path / "keras/datasets/data.bin"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(DATA)
    assert get_file(origin="https://example.org/data.bin", file_hash=SHA) == str(kept)
    kept.write_bytes(b"outdated")
    with pytest.raises(OSError, match="no network"):
        get_file(origin="https://example.org/data.bin", file_hash=SHA)
    assert kept.read_bytes() == b"outdated"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "`origin`"),
        ({"origin": "file:///a/b/"}, "`fname`"),
        ({"fname": "a/b", "origin": "file:///b"}, "`fname`"),
        ({"fname": "..", "origin": "file:///b"}, "`fname`"),
        ({"origin": "file:///b", "file_hash": "12"}, "`file_hash`"),
        ({"origin": "file:///b", "file_hash": MD5, "hash_algorithm": "sha256"}, "`file_hash`"),
        ({"origin": "file:///b", "hash_algorithm": "crc"}, "`hash_algorithm`"),
        ({"origin": "file:///b", "extract": True, "archive_format": "rar"}, "`archive_format`"),
        ({"origin": "file:///b", "extract": True, "archive_format": None}, "`archive_format`"),
    ],
)
def test_get_file_refuses(arguments, says):
    with pytest.raises(ValueError, match=says):
        get_file(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"fname": "plain", "extract": True},
        {"fname": "with.tar.gz", "extract": True},
        {"fname": "two.dots.tgz", "untar": True},
        {"fname": "old", "untar": True},
        {"origin": "zip", "fname": "zipped", "extract": True, "archive_format": "zip"},
        {"origin": "zip", "extract": True},
        {},
    ],
)
def test_get_file_gives_keras_paths(arguments, tmp_path):
    keras = pytest.importorskip("keras")
    (tmp_path / "keras").mkdir(exist_ok=True)
    origin = archive(tmp_path / f"in.{arguments.pop('origin', 'tar.gz')}", {"top/a.txt": b"hi"})
    ours, theirs = tmp_path / "denser", tmp_path / "keras"
    given = get_file(origin=origin.as_uri(), **arguments)
    expected = keras.utils.get_file(origin=origin.as_uri(), cache_dir=str(theirs), **arguments)
    assert Path(given).relative_to(ours) == Path(expected).relative_to(theirs)
    assert tree(ours / "datasets") == tree(theirs / "datasets")


def test_unpacking_happens_once_and_again_after_a_new_download(tmp_path):
    origin = archive(tmp_path / "in.tar", {"a.txt": b"old"})
    folder = Path(get_file("it", origin.as_uri(), extract=True))
    (folder / "mark").touch()
    get_file("it", origin.as_uri(), extract=True)
    assert left(folder) == ["a.txt", "mark"]
    archive(tmp_path / "in.tar", {"b.txt": b"new"})
    get_file("it", origin.as_uri(), extract=True, force_download=True)
    assert left(folder) == ["a.txt", "b.txt", "mark"]  # nothing of the user's is deleted
    assert left(folder.parent) == ["it", "it_archive"]


# Archives


def archive(path, files, links=()):
    """A tar or zip file of such files, and of links to /etc/passwd."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as box:
            for name, data in files.items():
                box.writestr(name, data)
            for name in links:
                link = zipfile.ZipInfo(name)
                link.external_attr = 0o120777 << 16
                box.writestr(link, "/etc/passwd")
        return path
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for name, kind in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    return path


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "zip"])
def test_unpack_and_read(tmp_path, suffix):
    packed = archive(tmp_path / f"a.{suffix}", {"top/one": b"1", "top/deep/two": b"2"})
    folder = unpack(packed, tmp_path / "out")
    assert tree(folder) == ["top", "top/deep", "top/deep/two", "top/one"]
    assert read(packed, ("two", "one")) == {"one": b"1", "two": b"2"}
    assert read(folder / "top", ("one",)) == {"one": b"1"}
    with pytest.raises(ValueError, match="holds no three"):
        read(packed, ("one", "three"))


@pytest.mark.parametrize("suffix", ["tar", "zip"])
@pytest.mark.parametrize(
    "name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "C:/out.txt", "..\\out.txt"]
)
def test_no_member_leads_out(tmp_path, suffix, name):
    packed = archive(tmp_path / f"a.{suffix}", {"fine": b"1", name: b"2"})
    with pytest.raises(ValueError, match="leads out of the folder"):
        unpack(packed, tmp_path / "x" / "out")
    assert tree(tmp_path) == [packed.name, "denser", "denser/datasets", "x"]


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("a.tar", [("link", tarfile.SYMTYPE)]),
        ("a.tar", [("link", tarfile.LNKTYPE)]),
        ("a.tar", [("pipe", tarfile.FIFOTYPE)]),
        ("a.zip", ["link"]),
    ],
)
def test_no_links_nor_devices(tmp_path, name, links):
    packed = archive(tmp_path / name, {"fine": b"1"}, links)
    with pytest.raises(ValueError, match="is a link or a device"):
        unpack(packed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_archive(tmp_path):
    (tmp_path / "a.tar").write_bytes(DATA)
    with pytest.raises(ValueError, match="must be a tar or zip file"):
        unpack(tmp_path / "a.tar", tmp_path / "out")
    whole = archive(tmp_path / "b.tar.gz", {"one": hashlib.shake_256(b"").digest(100_000)})
    whole.write_bytes(whole.read_bytes()[:50_000])
    with pytest.raises(ValueError, match="is damaged"):
        unpack(whole, tmp_path / "out")
    with pytest.raises(ValueError, match="must be a zip file"):
        unpack(archive(tmp_path / "c.tar", {"one": b"1"}), tmp_path / "out", ("zip",))
