"""Memory of one process that reads many texts: resident megabytes after 1, 100, 500, … and the last; Linux only.

python benchmarks/memory.py PATH [--characters N]

What is read is dropped at once, as `ingest` does after writing, so the figures should stay level from text 100 on;
exit code 1 where the last is more than a quarter above that of text 100: what one long text took is given back only in
part, so the figures follow the longest text so far a little, but not the number of texts.
"""

import argparse
import gc
import sys
from pathlib import Path

from texts import texts

from extractor import extract_text

MARKS = (1, 100, 200, 500, 1000, 1500, 2000)
MORE = 1.25


def resident() -> float:
    """Resident memory of this process in megabytes, unused pools given back as far as Python does."""
    gc.collect()
    status = Path("/proc/self/status").read_text("ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--characters", type=int, default=0, help="how much to read (0: all)")
    options = arguments.parse_args()
    early = latest = resident()
    print(f"{'start':>8}{latest:>10.1f} MB")
    count = longest = 0
    for text in texts(options.path, options.characters or None):
        extract_text(text)
        count += 1
        longest = max(longest, len(text))
        if count in MARKS:
            latest = resident()
            early = latest if count <= 100 else early
            print(f"{count:>8}{latest:>10.1f} MB   longest text so far {longest:,} characters")
    latest = resident()
    print(f"{count:>8}{latest:>10.1f} MB   the last; longest text {longest:,} characters")
    sys.exit(count > 100 and latest > MORE * early)


if __name__ == "__main__":
    main()
