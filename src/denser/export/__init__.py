"""Networks for other programs: the face of `denser.export`."""

from ..saving.stablehlo import ExportArchive as ExportArchive
from ..saving.stablehlo import load_archive as load_archive
