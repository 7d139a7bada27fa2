"""How long `muctieu --help` takes: the median of ten runs, in seconds; exit code 1 above 0.3.

python benchmarks/startup.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 0.3

command = [str(Path(sys.executable).with_name("muctieu")), "--help"]
times = []
for _ in range(10):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    times.append(time.perf_counter() - start)
median = statistics.median(times)
print(f"{median:.3f} s (from {min(times):.3f} to {max(times):.3f}; limit {LIMIT})")
sys.exit(median > LIMIT)
