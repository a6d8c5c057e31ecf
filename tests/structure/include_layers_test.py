#!/usr/bin/env python3
"""Shows that include_layers.py finds each kind of violation, on small trees of its own."""

import tempfile
import unittest
from pathlib import Path

import include_layers


class IncludeLayers(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / "tfm" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("#pragma once\n" + text, encoding="utf-8")
            return include_layers.check(folder)[0]

    def assert_only(self, files, expected):
        problems = self.problems(files)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(expected, problems[0])

    def test_downward_includes_pass(self):
        self.assertEqual(
            self.problems(
                {
                    "config.hpp": "",
                    "tensor/a.hpp": '#include "../config.hpp"\n#include <vector>\n',
                    "nn/b.hpp": '#include "../tensor/a.hpp"\n#include "c.hpp"\n',
                    "nn/c.hpp": "",
                }
            ),
            [],
        )

    def test_upward_include(self):
        files = {"nn/a.hpp": "", "tensor/b.hpp": '\n#include "../nn/a.hpp"\n'}
        self.assert_only(files, "tensor/b.hpp:3: tensor may not include nn/a.hpp")

    def test_io_is_at_the_ground(self):
        self.assertEqual(
            self.problems({"io/a.hpp": "", "text/b.hpp": '#include "../io/a.hpp"\n'}), []
        )
        for room in ("text", "kernels", "nn", "models"):
            files = {f"{room}/a.hpp": "", "io/b.hpp": f'#include "../{room}/a.hpp"\n'}
            self.assert_only(files, f"io/b.hpp:2: io may not include {room}/a.hpp")

    def test_circular_include(self):
        files = {"nn/a.hpp": '#include "b.hpp"\n', "nn/b.hpp": '#include "a.hpp"\n'}
        self.assert_only(files, "nn/a.hpp -> nn/b.hpp -> nn/a.hpp")

    def test_bodies_may_include_their_own_header(self):
        files = {"io/a.hpp": '#include "a.inl.hpp"\n', "io/a.inl.hpp": '#include "a.hpp"\n'}
        self.assertEqual(self.problems(files), [])
        files = {"io/a.hpp": '#include "b.inl.hpp"\n', "io/b.inl.hpp": '#include "a.hpp"\n'}
        self.assert_only(files, "io/a.hpp -> io/b.inl.hpp -> io/a.hpp")

    def test_missing_header(self):
        self.assert_only({"nn/a.hpp": '#include "gone.hpp"\n'}, "no such header")

    def test_absolute_include(self):
        files = {"config.hpp": "", "nn/a.hpp": "#include <tfm/config.hpp>\n"}
        self.assert_only(files, "by relative path")

    def test_unknown_layer(self):
        self.assert_only({"misc/a.hpp": ""}, "misc has no place")

    def test_missing_guard(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "tfm").mkdir()
            (Path(folder) / "tfm/config.hpp").write_text("int x;\n", encoding="utf-8")
            self.assertEqual(include_layers.check(folder)[0], ["config.hpp: lacks #pragma once"])

    def test_macros_of_the_host(self):
        hide, restore = '#include "../hide_macros.hpp"\n', '#include "../restore_macros.hpp"\n'
        files = {"hide_macros.hpp": "", "restore_macros.hpp": ""}
        self.assertEqual(self.problems({**files, "nn/a.hpp": hide + restore}), [])
        self.assert_only({**files, "nn/a.hpp": hide}, "includes hide_macros.hpp, not")
        self.assert_only({**files, "nn/a.hpp": restore + hide}, "not hide_macros.hpp and then")
        self.assert_only(
            {**files, "nn/a.hpp": f"{hide}#if X\n{restore}#endif\n"}, "under a condition"
        )

    def test_confined_names(self):
        self.assert_only({"kernels/a.hpp": "using xsimd::batch;\n"}, "xsimd")
        self.assert_only({"simd/vec.hpp": "#if defined(__AVX2__)\n#endif\n"}, "simd/isa.hpp")
        self.assert_only({"kernels/a.hpp": "#include <immintrin.h>\n"}, "intrinsics header")
        self.assert_only({"kernels/a.hpp": "_mm512_setzero_ps();\n"}, "an intrinsic")
        self.assert_only({"kernels/a.hpp": "__mmask16 mask;\n"}, "an intrinsic")
        self.assert_only({"nn/a.hpp": "vdotq_lane_s32(sum, cell, input, 0);\n"}, "an intrinsic")
        self.assert_only({"nn/a.hpp": "float32x4_t sum;\n"}, "an intrinsic")
        self.assert_only({"kernels/a.hpp": "#pragma omp parallel\n"}, "threads/openmp.hpp")
        self.assertEqual(self.problems({"simd/narrow.hpp": "__m512i x = _mm512_setzero();\n"}), [])
        self.assertEqual(self.problems({"simd/atoms/amx.hpp": "#include <immintrin.h>\n"}), [])

    def test_comments_are_not_code(self):
        self.assertEqual(
            self.problems({"nn/a.hpp": '// xsimd, __AVX2__\n/* #include "gone.hpp" */\n'}), []
        )


if __name__ == "__main__":
    unittest.main()
