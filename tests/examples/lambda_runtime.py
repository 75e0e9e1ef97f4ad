"""What the Lambda runtime is to a function: it imports it once, and calls it with one event at a time.

Run by an interpreter that has nothing installed: the arguments are the function's name, and the
folders of its code and of boto3. Events come as lines of JSON, and answers go out as such.
"""

import importlib
import json
import sys
import traceback

name, *folders = sys.argv[1:]
sys.path[:0] = folders
# What the function prints is its log.
answers, sys.stdout = sys.stdout, sys.stderr
module, _, attribute = name.rpartition(".")
function = getattr(importlib.import_module(module), attribute)
print(json.dumps({"ready": True}), file=answers, flush=True)

for line in sys.stdin:
    try:
        answer = function(json.loads(line), None)
    except Exception:  # noqa: BLE001 -- the runtime reports whatever a function raises
        traceback.print_exc()
        answer = {"errorType": "raised"}
    print(json.dumps(answer), file=answers, flush=True)
