"""Images with what is known about them: the face of `denser.visualization`."""

from .visual.galleries import plot_bounding_box_gallery as plot_bounding_box_gallery
from .visual.galleries import plot_image_gallery as plot_image_gallery
from .visual.galleries import plot_segmentation_mask_gallery as plot_segmentation_mask_gallery
from .visual.overlays import draw_bounding_boxes as draw_bounding_boxes
from .visual.overlays import draw_segmentation_masks as draw_segmentation_masks
