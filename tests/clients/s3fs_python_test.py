"""Python's s3fs (fsspec on aiobotocore): a file system's calls, listings, parts, versions, tags."""

from __future__ import annotations

import sys
import unittest

import client_case
from client_case import MIB, ClientCase, data_of, sha256
from tarn_server import ROOT

PACKAGES = ROOT / "build" / "test-s3fs"
if not (PACKAGES / "stamp").exists():
    raise unittest.SkipTest("tests/clients/requirements-s3fs.txt could not be installed")
sys.path.insert(0, str(PACKAGES))  # before the venv, which has another botocore

import aiobotocore
import botocore
import s3fs

print(f"client: s3fs {s3fs.__version__}, aiobotocore {aiobotocore.__version__}, "
      f"botocore {botocore.__version__}")

TREE = ("a.csv", "b.txt", "dir/c.csv", "dir/deep/d.csv", "dir/deep/e.txt", "with space/f+g%2F.csv",
        "ünïcödé/日本語.txt")


class Base(ClientCase):
    def setUp(self) -> None:
        super().setUp()
        self.fs = self.file_system()
        self.bucket = self.new_bucket_name()
        self.fs.mkdir(self.bucket)

    def file_system(self, **options) -> s3fs.S3FileSystem:
        verify = str(self.server.ca) if self.scheme == "https" else None
        arguments = {"key": client_case.ACCESS_KEY, "secret": client_case.SECRET_KEY,
                     "endpoint_url": self.endpoint, "skip_instance_cache": True,
                     "client_kwargs": {"verify": verify}}
        return s3fs.S3FileSystem(**(arguments | options))

    def path(self, name: str) -> str:
        return f"{self.bucket}/{name}"

    def fill(self) -> None:
        for name in TREE:
            self.fs.pipe_file(self.path(name), f"content of {name}".encode())

    def names(self, paths) -> list[str]:
        return sorted(path.removeprefix(f"{self.bucket}/") for path in paths)


class Trees:
    def setUp(self) -> None:
        super().setUp()
        self.fill()
        self.fs.invalidate_cache()

    def test_ls(self):
        self.assertEqual(self.names(self.fs.ls(self.bucket)),
                         ["a.csv", "b.txt", "dir", "with space", "ünïcödé"])
        rows = {row["name"]: row for row in self.fs.ls(self.path("dir"), detail=True)}
        self.assertEqual({name: (row["type"], row["size"]) for name, row in rows.items()}, {
            self.path("dir/c.csv"): ("file", len("content of dir/c.csv")),
            self.path("dir/deep"): ("directory", 0)})
        self.assertIn(self.bucket, self.fs.ls(""))
        with self.assertRaises(FileNotFoundError):
            self.fs.ls(self.path("none"))

    def test_glob_find_and_walk(self):
        for pattern, found in (("*.csv", ["a.csv"]), ("**/*.csv", [n for n in TREE if ".csv" in n]),
                               ("dir/*/e.*", ["dir/deep/e.txt"]), ("?.txt", ["b.txt"]),
                               ("none*", [])):
            with self.subTest(pattern):
                self.assertEqual(self.names(self.fs.glob(self.path(pattern))), sorted(found))
        self.assertEqual(self.names(self.fs.find(self.bucket)), sorted(TREE))
        self.assertEqual(self.names(self.fs.find(self.path("dir/deep"))),
                         ["dir/deep/d.csv", "dir/deep/e.txt"])
        walked = {root: (sorted(folders), sorted(files))
                  for root, folders, files in self.fs.walk(self.path("dir"))}
        self.assertEqual(walked, {self.path("dir"): (["deep"], ["c.csv"]),
                                  self.path("dir/deep"): ([], ["d.csv", "e.txt"])})
        self.assertEqual(self.fs.du(self.bucket),
                         sum(len(f"content of {name}".encode()) for name in TREE))

    def test_exists_info_and_types(self):
        for name, kind in (("a.csv", "file"), ("dir", "directory"), ("dir/deep", "directory"),
                           ("none", None), ("di", None)):
            with self.subTest(name):
                self.assertEqual(self.fs.exists(self.path(name)), kind is not None)
                self.assertEqual(self.fs.isfile(self.path(name)), kind == "file")
                self.assertEqual(self.fs.isdir(self.path(name)), kind == "directory")

    def test_copy_move_and_remove(self):
        self.fs.cp(self.path("dir"), self.path("copy"), recursive=True)
        self.fs.mv(self.path("a.csv"), self.path("moved/a.csv"))
        self.assertFalse(self.fs.exists(self.path("a.csv")))
        self.assertEqual(self.fs.cat_file(self.path("moved/a.csv")), b"content of a.csv")
        self.fs.rm(self.path("dir"), recursive=True)
        expected = [name for name in TREE if not name.startswith(("dir", "a."))]
        expected += ["copy/c.csv", "copy/deep/d.csv", "copy/deep/e.txt", "moved/a.csv"]
        self.assertEqual(self.names(self.fs.find(self.bucket)), sorted(expected))
        with self.assertRaises(OSError):
            self.fs.rmdir(self.bucket)
        self.fs.rm(self.bucket, recursive=True)
        self.assertFalse(self.fs.exists(self.bucket))

    def test_put_and_get_of_folders(self):
        local = self.directory / "local"
        self.fs.get(self.bucket, str(local), recursive=True)
        for name in TREE:
            self.assertEqual((local / name).read_text(), f"content of {name}")
        self.fs.put(str(local), self.path("back"), recursive=True)
        self.assertEqual(self.names(self.fs.find(self.path("back"))),
                         sorted(f"back/{name}" for name in TREE))

    def test_a_thousand_are_listed_and_removed(self):
        self.fs.pipe({self.path(f"many/{number:04}"): b"x" for number in range(1001)})
        self.assertEqual(len(self.fs.find(self.path("many"))), 1001)
        self.fs.rm(self.path("many"), recursive=True)
        self.assertEqual(self.fs.find(self.path("many")), [])


class Files:
    def test_write_read_and_seek(self):
        with self.fs.open(self.path("k"), "wb") as file:
            file.write(b"0123456789")
        with self.fs.open(self.path("k"), "rb") as file:
            file.seek(3)
            self.assertEqual((file.read(2), file.tell(), file.read()), (b"34", 5, b"56789"))
        with self.fs.open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("ü\nö\n")
        with self.fs.open(self.path("text"), "r", encoding="utf-8") as file:
            self.assertEqual(list(file), ["ü\n", "ö\n"])
        self.assertEqual(self.fs.cat_file(self.path("k"), start=2, end=4), b"23")
        self.assertEqual(self.fs.tail(self.path("k"), 3), b"789")
        self.assertEqual(self.fs.cat_ranges([self.path("k")] * 2, [0, 8], [2, 10]), [b"01", b"89"])

    def test_append_to_small_and_to_large(self):
        for size in (3, 6 * MIB):  # from 5 MiB on what is there becomes a copied part
            with self.subTest(size):
                self.fs.pipe_file(self.path("k"), data_of(size))
                with self.fs.open(self.path("k"), "ab") as file:
                    file.write(b"appended")
                self.assertEqual(sha256(self.fs.cat_file(self.path("k"))),
                                 sha256(data_of(size) + b"appended"))

    def test_parts(self):
        data = data_of(17 * MIB)
        with self.fs.open(self.path("k"), "wb", block_size=5 * MIB) as file:
            for at in range(0, len(data), MIB + 1):
                file.write(data[at:at + MIB + 1])
        self.assertRegex(self.fs.info(self.path("k"))["ETag"], r'-\d"$')
        with self.fs.open(self.path("k"), "rb", block_size=2 * MIB) as file:
            self.assertEqual(sha256(file.read()), sha256(data))
            file.seek(-5, 2)
            self.assertEqual(file.read(), data[-5:])
        path, digest = self.large_file()
        self.fs.put_file(str(path), self.path("large"), chunksize=8 * MIB)
        self.fs.cp_file(self.path("large"), self.path("copy"))
        self.fs.get_file(self.path("copy"), str(self.directory / "down"))
        self.assertEqual(client_case.sha256_of_file(self.directory / "down"), digest)

    def test_an_abandoned_write_leaves_nothing(self):
        with self.assertRaises(ZeroDivisionError), self.fs.transaction:
            with self.fs.open(self.path("k"), "wb", block_size=5 * MIB) as file:
                file.write(data_of(6 * MIB))
            raise ZeroDivisionError
        self.assertFalse(self.fs.exists(self.path("k")))
        self.assertEqual(self.fs.list_multipart_uploads(self.bucket), [])

    def test_only_when_it_is_not_there(self):
        with self.fs.open(self.path("k"), "xb") as file:
            file.write(b"first")
        with self.assertRaises(FileExistsError):
            with self.fs.open(self.path("k"), "xb") as file:
                file.write(b"second")
        self.assertEqual(self.fs.cat_file(self.path("k")), b"first")

    def test_odd_keys(self):
        for key in ("with space", "with+plus", "percent%2Fencoded", "a//b", "ünïcödé/日本語",
                    "semi;colon,comma:at@", "quotes'\"`", "back\\slash", "=equals=", "#hash"):
            with self.subTest(key):
                self.fs.pipe_file(self.path(key), key.encode())
                self.assertEqual(self.fs.cat_file(self.path(key)), key.encode())
                self.fs.rm_file(self.path(key))


class Attributes:
    def test_metadata_and_headers(self):
        path = self.path("k")
        with self.fs.open(path, "wb", ContentType="text/x-odd", CacheControl="max-age=7") as file:
            file.write(b"body")
        self.assertEqual(self.fs.info(path)["ContentType"], "text/x-odd")
        self.fs.setxattr(path, colour="blue", number="1")
        self.fs.setxattr(path, number=None)
        self.assertEqual(self.fs.metadata(path, refresh=True), {"colour": "blue"})
        self.assertEqual(self.fs.getxattr(path, "colour"), "blue")

    def test_tags(self):
        path = self.path("k")
        self.fs.pipe_file(path, b"body")
        self.fs.put_tags(path, {"a": "1"})
        self.fs.put_tags(path, {"b": "2"}, mode="m")
        self.assertEqual(self.fs.get_tags(path), {"a": "1", "b": "2"})
        self.fs.put_tags(path, {"c": "3"}, mode="o")
        self.assertEqual(self.fs.get_tags(path), {"c": "3"})

    def test_versions(self):
        fs = self.file_system(version_aware=True)
        path = self.path("k")
        fs.make_bucket_versioned(self.bucket, True)
        self.assertTrue(fs.is_bucket_versioned(self.bucket))
        ids = []
        for body in (b"first", b"second"):
            with fs.open(path, "wb") as file:
                file.write(body)
            ids.append(file.version_id)
        self.assertEqual(fs.cat_file(f"{path}?versionId={ids[0]}"), b"first")
        self.assertEqual([row["VersionId"] for row in fs.object_version_info(path)], ids[::-1])
        with fs.open(path, "rb") as file:  # keeps to the version that it opened
            fs.pipe_file(path, b"third")
            self.assertEqual(file.read(), b"second")
        fs.rm(path)
        self.assertFalse(fs.exists(path))
        self.assertEqual(fs.cat_file(f"{path}?versionId={ids[1]}"), b"second")

    def test_presigned_urls(self):
        self.fs.pipe_file(self.path("a b"), b"signed")
        url = self.fs.url(self.path("a b"), expires=60)
        self.assertEqual(self.send("GET", url).body, b"signed")
        self.assert_refused(self.send("GET", client_case.tampered(url)), 403,
                            "SignatureDoesNotMatch")
        url = self.fs.sign(self.path("put"), expiration=60, client_method="put_object")
        self.assertEqual(self.send("PUT", url, body=b"by url").status, 200)
        self.assertEqual(self.fs.cat_file(self.path("put")), b"by url")

    def test_checksums_and_touch(self):
        self.fs.touch(self.path("k"))
        before = self.fs.checksum(self.path("k"), refresh=True)
        self.fs.pipe_file(self.path("k"), b"changed")
        self.assertNotEqual(self.fs.checksum(self.path("k"), refresh=True), before)
        self.assertEqual(self.fs.modified(self.path("k")),
                         self.fs.info(self.path("k"))["LastModified"])

    def test_a_wrong_secret_is_refused(self):
        self.fs.pipe_file(self.path("k"), b"body")
        with self.assertRaises(PermissionError):
            self.file_system(secret="wrong").cat_file(self.path("k"))
        with self.assertRaises(PermissionError):
            self.file_system(key=None, secret=None, anon=True).cat_file(self.path("k"))


client_case.over_http_and_https(globals(), Trees, Files, Attributes, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
