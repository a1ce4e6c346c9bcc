"""Stands for what looks into an image: the image must be there, and the report is empty."""

import json
from pathlib import Path

from flow_stub import fail, given

inputs = given()
image = Path(inputs.get("input") or inputs["image"].partition(":")[2])
if not image.exists():
    fail(f"there is no image at {image}")
report = inputs.get("output") or inputs["output-file"]
Path(report).write_text(json.dumps({"image": str(image)}))
