"""Memory that hashing passwords took doesn't stay with the process."""

import json
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="nothing is done with other C libraries")

# In four threads, one hash at a time, as requests hash.
PROGRAM = """
import json
from threading import Barrier, Lock, Thread
from argon2.low_level import Type, hash_secret
from accounts.hashers import Argon2idHasher as By
from runai_identity.memory import give_back, keep_one_heap

def hash_some():
    all_there.wait()
    for _ in range(3):
        with one_at_a_time:
            hash_secret(b"secret", b"saltsaltsalt", By.time_cost, By.memory_cost, By.parallelism, 32, Type.ID)
    all_there.wait()

def resident():
    with open("/proc/self/status") as status:
        return int(status.read().partition("VmRSS:")[2].split()[0]) / 1024

all_there, one_at_a_time = Barrier(4), Lock()
keep_one_heap()
before = resident()
threads = [Thread(target=hash_some) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
hashed = resident()
give_back()
print(json.dumps([before, hashed, resident()]))
"""


def test_of_all_threads_one_heap_grows_and_what_it_grew_by_is_given_back() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    before, hashed, given_back = json.loads(ran.stdout)

    assert 15 < hashed - before < 45  # MB; heaps of their own take about 80
    assert given_back - before < 5
