"""How much faster two workers ingest than one: whole commands, start and alignment included, one after the other.

python benchmarks/workers.py TEXTS.jsonl.gz --documents 500
"""

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from texts import texts

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("path", type=Path)
parser.add_argument("--documents", type=int, default=None, help="only the first so many")
chosen = parser.parse_args()

took = {}
with tempfile.TemporaryDirectory() as place:
    folder = Path(place, "texts")
    folder.mkdir()
    for number, text in enumerate(islice(texts(chosen.path), chosen.documents)):
        (folder / f"{number:05}.txt").write_text(text, "utf-8")
    for workers in (1, 2):
        command = [str(Path(sys.executable).with_name("muctieu")), "-q", "ingest", str(folder)]
        start = time.perf_counter()
        subprocess.run([*command, "--db", f"{place}/{workers}.db", "--workers", str(workers)], check=False)
        took[workers] = time.perf_counter() - start
        print(f"{workers} workers: {took[workers]:.1f} s")
print(f"ratio {took[1] / took[2]:.2f}")
