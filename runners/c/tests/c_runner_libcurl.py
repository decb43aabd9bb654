# SPDX-License-Identifier: Apache-2.0
"""The tests of c_runner.py once more, every request sent with libcurl: nobody may
notice."""
import os
import runpy

os.environ["C_RUNNER_OPTIONS"] = "--libcurl"
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "c_runner.py"), run_name="__main__")
