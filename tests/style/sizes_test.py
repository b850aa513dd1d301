"""The function counter sees functions as a reader does, whatever stands around them."""

import unittest

import sizes


def lengths(source: str) -> list[int]:
    return [function.lines for function in sizes.cpp_functions(source)]


class CppFunctions(unittest.TestCase):
    def test_functions_are_found_at_namespace_and_class_level(self):
        for name, source, expected in [
            ("free", "int f() {\n  return 1;\n}\n", [2]),
            ("in namespaces", "namespace a::b {\nvoid f() {\n}\n}  // namespace\n", [1]),
            ("method", "class A : public B {\n  int f() const {\n\n  }\n  int x_ = 1;\n};\n", [2]),
            ("template", "template <class T>\nstruct A {\n  T f() {\n  }\n};\n", [1]),
            ("trailing type", "auto f() -> std::vector<int> {\n\n\n}\n", [3]),
            ("operator", "bool operator==(A a, A b) {\n\n}\n", [2]),
            ("blocks within count once", "void f() {\n  if (x) {\n  }\n  auto g = [] {\n  };\n}\n", [5]),
            ("default argument", "void f(int x = 1) {\n\n}\n", [2]),
            ("test macro", "TEST(Suite, Name) {\n\n}\n", [2]),
            ("extern C", 'extern "C" int f(int x) {\n\n}\n', [2]),
            ("extern C block", 'extern "C" {\nint f() {\n\n}\n}\n', [2]),
        ]:
            with self.subTest(name):
                self.assertEqual(lengths(source), expected)

    def test_a_constructor_with_braced_members_has_its_whole_body(self):
        self.assertEqual(lengths("A::A(int x)\n    : a_{x}, b_{1} {\n\n\n}\n")[-1], 3)

    def test_data_is_no_function(self):
        for source in ["constexpr Row kRows[] = {\n{1, 2},\n{3},\n};\n",
                       "const std::array<int, 2> kPair{\n1,\n2};\n",
                       "enum class Color : int {\nRed,\n};\n",
                       "struct A {\n  int x{\n1};\n};\n"]:
            with self.subTest(source.split("{")[0]):
                self.assertEqual(lengths(source), [])

    def test_braces_in_text_do_not_count(self):
        for name, line in [("comment", "// }"), ("block comment", "/* } } */"),
                           ("string", 'auto s = "}\\"}";'), ("character", "char c = '}';"),
                           ("raw string", 'auto s = R"x(} )" })x";'), ("separator", "int i = 1'000;"),
                           ("macro", "#define X }")]:
            with self.subTest(name):
                self.assertEqual(lengths(f"void f() {{\n{line}\n}}\nvoid g() {{\n}}\n"), [2, 1])

    def test_the_limit_is_exact(self):
        for lines, expected in [(70, 0), (71, 1)]:
            source = "void f() {" + "\n" * lines + "}\n"
            self.assertEqual(len(sizes.findings("common/a.cc", source)), expected)


class OtherLimits(unittest.TestCase):
    def test_python_functions_and_files_have_limits_too(self):
        long_function = "def f():\n" + "    pass\n" * 70
        self.assertEqual(len(sizes.findings("tests/a.py", long_function)), 1)
        self.assertEqual(len(sizes.findings("tests/a.py", long_function[:-9])), 0)
        self.assertEqual(len(sizes.findings("common/a.h", "//\n" * 701)), 1)
        self.assertEqual(len(sizes.findings("common/a.h", "//\n" * 700)), 0)


if __name__ == "__main__":
    unittest.main()
