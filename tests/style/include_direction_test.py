"""The include check finds each kind of wrong include, and accepts the right ones."""

import unittest

import include_direction as check

CMAKE = """
tarn_library(tarn_base common/base fmt::fmt)
tarn_library(tarn_http common/http tarn_base Boost::headers)
tarn_library(tarn_net common/net tarn_base tarn_http)
tarn_library(tarn_storage server/storage tarn_base)
tarn_library(tarn_s3 server/s3 tarn_storage tarn_net)
tarn_library(tarn_cache edge/cache tarn_http)
"""


def allowed(text: str = CMAKE) -> dict[str, set[str]]:
    return check.reachable(check.parse_modules([text]))


class LinkLists(unittest.TestCase):
    def test_links_reach_through_others(self):
        self.assertEqual(allowed()["server/s3"], {"server/s3", "server/storage", "common/net",
                                                  "common/http", "common/base"})

    def test_the_design_order_has_no_finding(self):
        self.assertEqual(check.link_findings(allowed()), [])

    def test_each_wrong_link_is_found(self):
        wrong = {
            "tarn_library(tarn_base2 common/observe tarn_s3)": "common/observe must not link",
            "tarn_library(tarn_e edge/viewer tarn_storage)": "edge/viewer must not link",
            "tarn_library(tarn_w server/front)\ntarn_library(tarn_st server/auth tarn_w)":
                "server/auth links server/front, against the order",
            "tarn_library(tarn_v edge/control)\ntarn_library(tarn_o edge/origin tarn_v)":
                "edge/origin links edge/control, against the order",
            "tarn_library(tarn_xml common/xml tarn_net)": "common/xml is pure",
        }
        for line, message in wrong.items():
            with self.subTest(message):
                found = check.link_findings(allowed(CMAKE + line))
                self.assertTrue(any(message in row for row in found), found)


class Includes(unittest.TestCase):
    def findings(self, path: str, text: str) -> list[str]:
        return check.file_findings(path, text, allowed())

    def test_right_includes_are_accepted(self):
        for path, header in [("server/s3/a.cc", '"server/storage/engine.h"'),
                             ("server/s3/a.cc", '"common/base/text.h"'),
                             ("server/main.cc", '"server/s3/a.h"'),
                             ("tests/unit/edge/a_test.cc", '"server/s3/a.h"'),
                             ("common/net/a.cc", "<boost/beast/core.hpp>"),
                             ("common/http/head.cc", "<boost/beast/http/parser.hpp>"),
                             ("common/base/a.cc", "<string>"),
                             ("common/net/a.h", "<boost/asio/awaitable.hpp>")]:
            with self.subTest(f"{path} {header}"):
                self.assertEqual(self.findings(path, f"#include {header}\n"), [])

    def test_each_wrong_include_is_found_with_its_line(self):
        for path, header in [("server/storage/a.cc", '"server/s3/a.h"'),
                             ("common/base/a.h", '"common/http/a.h"'),
                             ("edge/cache/a.cc", '"server/s3/a.h"'),
                             ("edge/main.cc", '"server/s3/a.h"'),
                             ("edge/cache/a.cc", '"common/net/a.h"'),
                             ("common/http/head.h", "<boost/beast/http/parser.hpp>"),
                             ("common/http/a.cc", "<boost/asio.hpp>"),
                             ("common/base/a.cc", "<fstream>"),
                             ("server/s3/a.h", "<boost/asio.hpp>"),
                             ("server/s3/a.h", "<rocksdb/db.h>"),
                             ("server/s3/a.cc", '"engine.h"')]:
            with self.subTest(f"{path} {header}"):
                found = self.findings(path, f"#pragma once\n#  include {header}\n")
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{path}:2: "), found)


if __name__ == "__main__":
    unittest.main()
