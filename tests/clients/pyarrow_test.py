"""pyarrow's S3FileSystem (AWS SDK for C++): parquet data sets, folders, seeks, parts."""

from __future__ import annotations

import unittest

import client_case
from client_case import MIB, ClientCase, data_of, sha256

try:
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet
    from pyarrow import fs
except ImportError as error:
    raise unittest.SkipTest(f"pyarrow could not be installed: {error}") from error

print(f"client: pyarrow {pyarrow.__version__}")

TREE = ("a.bin", "dir/b.bin", "dir/deep/c.bin", "with space/d+e%2F.bin", "ünïcödé/日本語.bin")


def table(rows: int = 1000) -> pyarrow.Table:
    return pyarrow.table({"number": pyarrow.array(range(rows), pyarrow.int64()),
                          "name": [f"row {number}" for number in range(rows)],
                          "year": [2020 + number % 3 for number in range(rows)]})


class Base(ClientCase):
    def setUp(self) -> None:
        super().setUp()
        self.fs = self.file_system()
        self.bucket = self.new_bucket_name()
        self.fs.create_dir(self.bucket)

    def file_system(self, secret: str = client_case.SECRET_KEY, **more) -> fs.S3FileSystem:
        ca = {"tls_ca_file_path": str(self.server.ca)} if self.scheme == "https" else {}
        return fs.S3FileSystem(
            access_key=client_case.ACCESS_KEY, secret_key=secret, region=client_case.REGION,
            scheme=self.scheme, endpoint_override=self.endpoint.partition("://")[2],
            allow_bucket_creation=True, allow_bucket_deletion=True, **ca, **more)

    def path(self, name: str) -> str:
        return f"{self.bucket}/{name}"

    def write(self, name: str, data: bytes, **more) -> None:
        with self.fs.open_output_stream(self.path(name), **more) as stream:
            stream.write(data)

    def read(self, name: str) -> bytes:
        with self.fs.open_input_stream(self.path(name)) as stream:
            return stream.read()

    def found(self, name: str = "", recursive: bool = True) -> dict[str, fs.FileType]:
        selector = fs.FileSelector(self.path(name).rstrip("/"), recursive=recursive)
        return {row.path.removeprefix(f"{self.bucket}/"): row.type
                for row in self.fs.get_file_info(selector)}

    def files(self, name: str = "") -> list[str]:
        return sorted(path for path, kind in self.found(name).items() if kind == fs.FileType.File)


class Tables:
    def test_a_parquet_file(self):
        pyarrow.parquet.write_table(table(), self.path("t.parquet"), filesystem=self.fs,
                                    row_group_size=100)
        self.assertEqual(pyarrow.parquet.read_table(self.path("t.parquet"), filesystem=self.fs),
                         table())
        file = pyarrow.parquet.ParquetFile(self.path("t.parquet"), filesystem=self.fs)
        self.assertEqual(file.metadata.num_row_groups, 10)
        group = file.read_row_group(9, columns=["number"])
        self.assertEqual(group["number"].to_pylist(), list(range(900, 1000)))

    def test_a_partitioned_data_set(self):
        pyarrow.dataset.write_dataset(
            table(), self.path("set"), filesystem=self.fs, format="parquet",
            partitioning=pyarrow.dataset.partitioning(
                pyarrow.schema([("year", pyarrow.int64())]), flavor="hive"))
        self.assertEqual(self.files("set"),
                         [f"set/year={year}/part-0.parquet" for year in (2020, 2021, 2022)])
        found = pyarrow.dataset.dataset(self.path("set"), filesystem=self.fs, partitioning="hive")
        self.assertEqual(found.count_rows(), 1000)
        some = found.to_table(columns=["number"], filter=pyarrow.dataset.field("year") == 2021)
        self.assertEqual(sorted(some["number"].to_pylist()), list(range(1, 1000, 3)))

    def test_a_data_set_is_replaced(self):
        for rows in (1000, 10):
            pyarrow.dataset.write_dataset(
                table(rows), self.path("set"), filesystem=self.fs, format="parquet",
                partitioning=["year"], existing_data_behavior="delete_matching")
            found = pyarrow.dataset.dataset(self.path("set"), filesystem=self.fs)
            self.assertEqual(found.count_rows(), rows)

    def test_a_table_of_many_parts(self):
        many = pyarrow.table({"noise": [data_of(1 << 10, number) for number in range(20 << 10)]})
        pyarrow.parquet.write_table(many, self.path("t.parquet"), filesystem=self.fs,
                                    compression=None, use_dictionary=False)
        self.assertGreater(self.fs.get_file_info(self.path("t.parquet")).size, 20 * MIB)
        self.assertEqual(pyarrow.parquet.read_table(self.path("t.parquet"), filesystem=self.fs),
                         many)


class Trees:
    def setUp(self) -> None:
        super().setUp()
        for name in TREE:
            self.write(name, name.encode())

    def test_listings(self):
        self.assertEqual(self.files(), sorted(TREE))
        self.assertEqual(sorted(self.found()), sorted(
            [*TREE, "dir", "dir/deep", "with space", "ünïcödé"]))
        self.assertEqual(sorted(self.found(recursive=False)),
                         ["a.bin", "dir", "with space", "ünïcödé"])
        self.assertEqual(sorted(self.found("dir")), ["dir/b.bin", "dir/deep", "dir/deep/c.bin"])
        with self.assertRaises(FileNotFoundError):
            self.found("none")
        self.assertIn(self.bucket, [row.path for row in self.fs.get_file_info(fs.FileSelector(""))])

    def test_what_a_path_is(self):
        names = ("a.bin", "dir", "dir/deep", "none", "di")
        kinds = [row.type for row in self.fs.get_file_info([self.path(name) for name in names])]
        self.assertEqual(kinds, [fs.FileType.File, fs.FileType.Directory, fs.FileType.Directory,
                                 fs.FileType.NotFound, fs.FileType.NotFound])
        info = self.fs.get_file_info(self.path("a.bin"))
        self.assertEqual(info.size, len("a.bin"))
        self.assertIsNotNone(info.mtime)

    def test_copy_move_and_delete(self):
        self.fs.copy_file(self.path("ünïcödé/日本語.bin"), self.path("copy of one"))
        self.assertEqual(self.read("copy of one").decode(), "ünïcödé/日本語.bin")
        self.fs.move(self.path("with space/d+e%2F.bin"), self.path("moved"))
        self.assertEqual(self.read("moved"), b"with space/d+e%2F.bin")
        self.assertEqual(self.fs.get_file_info(self.path("with space/d+e%2F.bin")).type,
                         fs.FileType.NotFound)
        self.fs.delete_file(self.path("a.bin"))
        with self.assertRaises(FileNotFoundError):
            self.fs.delete_file(self.path("a.bin"))
        self.assertEqual(self.files(), sorted(
            ["copy of one", "dir/b.bin", "dir/deep/c.bin", "moved", "ünïcödé/日本語.bin"]))

    def test_folders(self):
        self.fs.create_dir(self.path("new/deep/er"))
        self.assertEqual(self.found("new"), {"new/deep": fs.FileType.Directory,
                                             "new/deep/er": fs.FileType.Directory})
        self.fs.delete_dir_contents(self.path("dir"))
        self.assertEqual(self.found("dir"), {})
        self.fs.delete_dir(self.path("new"))
        self.assertEqual(self.fs.get_file_info(self.path("new")).type, fs.FileType.NotFound)
        with self.assertRaises(FileNotFoundError):
            self.fs.delete_dir(self.path("new"))

    def test_a_bucket_with_all_that_is_in_it(self):
        self.fs.delete_dir(self.bucket)
        self.assertEqual(self.fs.get_file_info(self.bucket).type, fs.FileType.NotFound)

    def test_trees_are_copied(self):
        target = self.directory / "local"
        fs.copy_files(self.bucket, str(target), source_filesystem=self.fs,
                      destination_filesystem=fs.LocalFileSystem())
        for name in TREE:
            self.assertEqual((target / name).read_bytes(), name.encode())
        fs.copy_files(str(target), self.path("back"), source_filesystem=fs.LocalFileSystem(),
                      destination_filesystem=self.fs)
        self.assertEqual(self.files("back"), sorted(f"back/{name}" for name in TREE))

    def test_a_thousand_are_listed_and_deleted(self):
        for number in range(1001):
            self.write(f"many/{number:04}", b"x")
        self.assertEqual(len(self.files("many")), 1001)
        self.fs.delete_dir(self.path("many"))
        self.assertEqual(self.files(), sorted(TREE))


class Files:
    def test_seeks(self):
        data = data_of(3 * MIB)
        self.write("k", data)
        with self.fs.open_input_file(self.path("k")) as file:
            self.assertEqual(file.size(), len(data))
            for at, size in ((0, 10), (MIB, MIB), (len(data) - 5, 100), (7, 1)):
                file.seek(at)
                self.assertEqual((file.read(size), file.tell()),
                                 (data[at:at + size], min(at + size, len(data))))
                self.assertEqual(file.read_at(size, at), data[at:at + size])
        with self.assertRaises(FileNotFoundError):
            self.fs.open_input_file(self.path("none"))

    def test_streams_in_parts(self):
        for background in (True, False):
            with self.subTest(background):
                self.fs = self.file_system(background_writes=background)
                data = data_of(23 * MIB + 1)
                with self.fs.open_output_stream(self.path("k")) as stream:
                    for at in range(0, len(data), 3 * MIB):
                        stream.write(data[at:at + 3 * MIB])
                self.assertEqual(sha256(self.read("k")), sha256(data))

    def test_sizes(self):
        for size in (0, 1, 5 * MIB, 10 * MIB, 10 * MIB + 1):
            with self.subTest(size):
                self.write("k", data_of(size))
                self.assertEqual(sha256(self.read("k")), sha256(data_of(size)))

    def test_metadata(self):
        self.write("k", b"body", metadata={"Content-Type": "text/x-odd",
                                           "Cache-Control": "no-store"})
        with self.fs.open_input_stream(self.path("k")) as stream:
            found = stream.metadata()
        for name, text in (("Content-Type", b"text/x-odd"), ("Cache-Control", b"no-store"),
                           ("Content-Length", b"4")):
            self.assertEqual(found.get(name), text, found)
        self.assertIn("ETag", found)

    def test_compressed_streams(self):
        text = b"the same again " * 10000
        with self.fs.open_output_stream(self.path("k.gz"), compression="gzip") as stream:
            stream.write(text)
        self.assertLess(self.fs.get_file_info(self.path("k.gz")).size, 10000)
        with self.fs.open_input_stream(self.path("k.gz")) as stream:
            self.assertEqual(stream.read(), text)

    def test_a_wrong_secret_is_refused(self):
        with self.assertRaisesRegex(OSError, "ACCESS_DENIED|SIGNATURE_DOES_NOT_MATCH|signature"):
            self.file_system(secret="wrong").get_file_info(fs.FileSelector(self.bucket))


client_case.over_http_and_https(globals(), Tables, Trees, Files, base=Base)
del Base


if __name__ == "__main__":
    unittest.main()
