"""deploy/lib.sh on machines made of fake dpkg, apt-get and sudo: what it lists, installs and says."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# $installed and $available hold the package names of the imagined machine.
FAKES = {
    "dpkg-query": 'for p in $installed; do echo "installed $p"; done',
    "apt-cache": 'case " $available " in *" $2 "*) echo "  Candidate: 1";; '
                 '*) echo "  Candidate: (none)";; esac',
    "apt-get": 'echo "apt-get $* stdin=$(cat) front=$DEBIAN_FRONTEND" >>"$calls"; '
               'case "$*" in *install*" ${broken:-none}"*) exit 1;; esac',
    "sudo": 'echo "sudo" >>"$calls"; exec "$@"',
    "id": 'echo "${uid:-0}"',
}
TOOLS = ("bash", "sed", "grep", "cut", "tr", "cat", "dirname", "basename", "env")

# What these have of deploy/packages.build and packages.start: a new line there needs a name here.
BOTH = ("clang-19 lld-19 libclang-rt-19-dev cmake ninja-build ccache libstdc++-12-dev librocksdb-dev "
        "libssl-dev libtinyxml2-dev libspdlog-dev libfmt-dev zlib1g-dev libbrotli-dev libisal-dev "
        "libxxhash-dev libmimalloc-dev curl")
BOOST = ("libboost{0}-dev libboost-json{0}-dev libboost-program-options{0}-dev "
         "libboost-url{0}-dev")
DEBIAN_12 = f"{BOTH} awscli {BOOST.format('1.81')}"
UBUNTU_24_04 = f"{BOTH} libstdc++-13-dev {BOOST.format('1.83')}"


class Machine(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        for name, body in FAKES.items():
            self.add_program(name, body)
        self.calls = self.directory / "calls"
        self.calls.touch()
        (self.directory / "os").write_text("ID=debian\nVERSION_ID=12\n")

    def add_program(self, name: str, body: str = ":") -> None:
        (self.bin / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (self.bin / name).chmod(0o755)

    def shell(self, script: str, packages: str, **variables: str) -> subprocess.CompletedProcess:
        (self.directory / "list").write_text(packages)
        environment = {"PATH": str(self.bin), "calls": str(self.calls), "installed": "",
                       "available": "", "broken": "", "list": str(self.directory / "list"),
                       "TARN_OS_RELEASE": str(self.directory / "os"), **variables}
        return subprocess.run([shutil.which("bash"), "-c", f'. {ROOT}/deploy/lib.sh; {script}', "up"],
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)

    def install(self, packages: str, **variables: str) -> subprocess.CompletedProcess:
        return self.shell('tarn_install_packages "the build" "$list"', packages, **variables)


class Missing(Machine):
    def test_what_is_missing(self):
        for name, packages, installed, expected in [
            ("plain", "a\nb\n", "a", "b"), ("nothing", "a\n", "a", ""),
            ("comments", "# x\na  # why\n\n  b\n", "", "a\nb"),
            ("an alternative will do", "a | b\n", "b", ""),
            ("no alternative", "a | b\n", "c", "a | b"),
            ("a part of a name is no match", "lib\n", "lib-dev mylib", "lib"),
            ("its command is there", "nodejs unless sed\n", "", ""),
            ("its command is not", "npm unless npm\n", "", "npm"),
        ]:
            with self.subTest(name):
                done = self.shell('tarn_missing_packages "$list"', packages, installed=installed)
                self.assertEqual(done.stdout.strip(), expected, done.stderr)


class Install(Machine):
    def test_nothing_is_called_when_nothing_is_missing(self):
        done = self.install("a\n", installed="a")
        self.assertEqual((done.returncode, done.stderr, self.calls.read_text()), (0, "", ""))

    def test_the_list_comes_first_then_one_silent_install_of_what_there_is(self):
        done = self.install("a1 | a2\nb\n", installed="c", available="a2 b")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stderr.startswith("up: installing for the build:\n  a1 | a2\n  b\n"))
        calls = self.calls.read_text().splitlines()
        self.assertEqual(len(calls), 2)
        self.assertIn(" update ", calls[0])
        self.assertIn("install --no-install-recommends a2 b stdin= front=noninteractive", calls[1])

    def test_a_package_that_no_archive_has_is_named_and_the_rest_still_comes(self):
        done = self.install("a\nb\n", available="b")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.endswith(
            "up: debian 12 could not install, for the build:\n  a\n"), done.stderr)
        self.assertIn("install --no-install-recommends b ", self.calls.read_text())

    def test_a_long_answer_of_apt_cache_does_not_hide_a_package(self):
        # Seen on a fresh machine: a pipe to grep -q ended before apt-cache had said all.
        self.add_program("apt-cache", "printf '  Candidate: 1\\n%0140000d' 0")
        done = self.shell('set -euo pipefail; tarn_install_packages "the build" "$list"', "a\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_one_broken_package_does_not_keep_the_others_out(self):
        done = self.install("bad\nb\n", available="bad b", broken="bad")
        self.assertEqual(done.returncode, 1)
        self.assertIn("install --no-install-recommends b ", self.calls.read_text())
        self.assertTrue(done.stderr.endswith("for the build:\n  bad\n"), done.stderr)

    def test_without_root_it_takes_sudo_and_without_sudo_says_what_to_run(self):
        self.assertEqual(self.install("a\n", available="a", uid="1000").returncode, 0)
        self.assertTrue(self.calls.read_text().startswith("sudo\n"))
        (self.bin / "sudo").unlink()
        done = self.install("a1 | a2\nb\n", available="a1 b", uid="1000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install a1 b", done.stderr)

    def test_a_machine_without_apt_is_told_by_name(self):
        (self.bin / "apt-get").unlink()
        (self.directory / "os").write_text("ID=fedora\nVERSION_ID=43\n")
        done = self.install("a\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("this is fedora 43, without apt-get", done.stderr)

    def test_an_unknown_distribution_with_apt_goes_on_with_a_warning(self):
        (self.directory / "os").write_text("ID=debian\nVERSION_ID=13\n")
        done = self.install("a\n", available="a")
        self.assertEqual(done.returncode, 0)
        self.assertIn("this is debian 13; tried is Debian 12 alone", done.stderr)


class Unpack(Machine):
    def setUp(self):
        super().setUp()
        (self.bin / "touch").symlink_to(shutil.which("touch"))
        self.add_program("dpkg-deb", 'echo "dpkg-deb $*" >>"$calls"')

    def unpack(self, apt_get: str) -> tuple[int, list[str]]:
        self.add_program("apt-get", f'echo "apt-get $*" >>"$calls"; {apt_get}')
        done = self.shell('tarn_unpack_package p "${list%/*}"', "")
        return done.returncode, self.calls.read_text().splitlines()

    def test_what_was_downloaded_is_unpacked_and_nothing_installed(self):
        self.assertEqual(self.unpack("touch p_1_all.deb"), (0, [
            "apt-get -q download p", "dpkg-deb --extract p_1_all.deb ."]))

    def test_an_old_list_of_packages_is_renewed(self):
        status, calls = self.unpack('case "$*" in *update*) touch p_1_all.deb;; '
                                    '*) [ -e p_1_all.deb ];; esac')
        self.assertEqual((status, calls[2:]), (0, [
            "apt-get -q download p", "dpkg-deb --extract p_1_all.deb ."]))
        self.assertIn(" update", calls[1])

    def test_a_package_that_cannot_be_had_unpacks_nothing(self):
        status, calls = self.unpack("exit 1")
        self.assertEqual((status, len(calls)), (1, 2))


class Distributions(Machine):
    def chosen(self, available: str) -> list[str]:
        done = self.install((ROOT / "deploy" / "packages.build").read_text(), available=available)
        self.assertEqual(done.returncode, 0, done.stderr)
        install = self.calls.read_text().splitlines()[-1]
        return install.partition("--no-install-recommends ")[2].partition(" stdin=")[0].split()

    def test_each_takes_its_own_boost_and_standard_library(self):
        for name, available, boost, library in (
            ("debian 12", DEBIAN_12, BOOST.format("1.81"), "libstdc++-12-dev"),
            ("ubuntu 24.04", UBUNTU_24_04, BOOST.format("1.83"), "libstdc++-13-dev"),
        ):
            with self.subTest(name):
                chosen = self.chosen(available)
                self.assertEqual([each for each in chosen if "boost" in each], boost.split())
                self.assertEqual([each for each in chosen if "stdc++" in each], [library])


class Lists(unittest.TestCase):
    def test_every_list_of_the_tree_has_only_lines_of_the_known_forms(self):
        for path in sorted((ROOT / "deploy").glob("packages.*")):
            for line in path.read_text().splitlines():
                self.assertRegex(line.split("#")[0].strip(),
                                 r"^([a-z0-9][a-z0-9+.-]*( (\||unless) [a-z0-9][a-z0-9+.-]*)*)?$",
                                 path.name)


class SetUp(Machine):
    """deploy/up in a tree of its own, with a cmake and a ninja that only leave their files."""

    def setUp(self):
        super().setUp()
        for tool in ("stat", "nproc", "mkdir", "touch", "readlink", "ln"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.add_program("cmake", 'mkdir -p build/release && touch build/release/build.ninja')
        self.add_program("ninja", 'cd "$2" && mkdir -p server edge deploy && '
                                  'touch server/tarn-server edge/tarn-edge deploy/tarn')
        (self.directory / "os").write_text("ID=ubuntu\nVERSION_ID=24.04\n")
        (self.directory / "tree").mkdir()
        shutil.copytree(ROOT / "deploy", self.directory / "tree" / "deploy")

    def up(self, available: str, installed: str = "") -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.bin), "calls": str(self.calls), "installed": installed,
                       "available": available, "TARN_LINK_DIRECTORY": str(self.directory / "link"),
                       "TARN_OS_RELEASE": str(self.directory / "os")}
        return subprocess.run([str(self.directory / "tree" / "deploy" / "up"), "--no-start"],
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)

    def test_ubuntu_is_set_up_without_the_awscli_it_does_not_have(self):
        done = self.up(UBUNTU_24_04)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("this is ubuntu 24.04; tried is Debian 12 alone", done.stderr)
        self.assertIn("could not install, for the README's first commands:\n  awscli\n"
                      "up: going on without", done.stderr)
        self.assertIn("install --no-install-recommends curl ", self.calls.read_text())

    def test_apt_is_asked_for_the_first_commands_only_once(self):
        self.up(UBUNTU_24_04)
        calls = self.calls.read_text()
        done = self.up(UBUNTU_24_04, installed=UBUNTU_24_04)
        self.assertEqual((done.returncode, self.calls.read_text()), (0, calls), done.stderr)

    def test_a_missing_compiler_is_named_and_ends_it(self):
        done = self.up(UBUNTU_24_04.replace("clang-19 ", ""))
        self.assertEqual(done.returncode, 1)
        self.assertIn("ubuntu 24.04 could not install, for the build:\n  clang-19\n", done.stderr)
        self.assertFalse((self.directory / "tree" / "build").exists())


class Up(unittest.TestCase):
    def run_up(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(ROOT / "deploy" / "up"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def test_help_and_wrong_usage_do_nothing_else(self):
        self.assertIn("usage: deploy/up", self.run_up("--help").stdout)
        for arguments in (["now"], ["--no-start", "--edges", "2"], ["--nostart"],
                          ["--edges", "2", "--nostart"], ["-n"]):
            done = self.run_up(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn("see deploy/up --help", done.stderr)


if __name__ == "__main__":
    unittest.main()
