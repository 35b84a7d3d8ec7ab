"""Boxes around things in images: the face of `denser.utils.bounding_boxes`."""

from ..ops.boxes import affine_transform as affine_transform
from ..ops.boxes import clip_to_image_size as clip_to_image_size
from ..ops.boxes import compute_ciou as compute_ciou
from ..ops.boxes import compute_iou as compute_iou
from ..ops.boxes import convert_format as convert_format
from ..ops.boxes import crop as crop
from ..ops.boxes import decode_deltas_to_boxes as decode_deltas_to_boxes
from ..ops.boxes import encode_box_to_deltas as encode_box_to_deltas
from ..ops.boxes import pad as pad
