"""The small checks: top-level names, file sizes, machine paths."""

import unittest

import layout
import machine_paths


class Layout(unittest.TestCase):
    def test_only_foreign_top_level_names_are_found(self):
        paths = ["common/a.h", ".ci/run", "README.md", "docs/a.md", "notes.txt"]
        found = layout.top_level_findings(paths)
        self.assertEqual([row.split(":")[0] for row in found], ["docs", "notes.txt"])

    def test_a_file_over_the_limit_is_found(self):
        found = layout.size_findings({"a": layout.BYTES_MAX, "b": layout.BYTES_MAX + 1})
        self.assertEqual([row.split(":")[0] for row in found], ["b"])


class MachinePaths(unittest.TestCase):
    def test_paths_of_one_machine_are_found(self):
        work, home, temporary = "/wo" + "rk/main", "/ho" + "me/ann/x", "/tm" + "p/x"
        for path, line, count in [
            ("README.md", f"cd {work}", 1),
            ("tests/a.py", f"open('{home}')", 1),
            ("server/a.cc", f'open("{temporary}")', 1),
            ("tests/a.sh", f"ls {temporary}", 0),
            ("README.md", "https://example.com" + work, 0),
            ("README.md", "usr/local" + work, 0),
            ("tests/clients/js/package-lock.json", '"resolved": "https://host.example/x.tgz"', 1),
            ("tests/clients/js/package-lock.json", '"integrity": "sha512-x"', 0),
        ]:
            with self.subTest(f"{path}: {line}"):
                self.assertEqual(len(machine_paths.findings(path, f"first\n{line}\n")), count)


if __name__ == "__main__":
    unittest.main()
