"""Import blocks for a root whose state is lost: Terraform learns again what it owns."""

from pipeline.recovery.blocks import ImportBlocks, import_blocks

__all__ = ["ImportBlocks", "import_blocks"]
