from __future__ import annotations

import sys
from pathlib import Path

# Under the import mode of the settings no test folder is on the path by itself.
sys.path.insert(0, str(Path(__file__).parent / "revocations"))
