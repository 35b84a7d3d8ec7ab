"""ImageDataGenerator: images in batches, changed by chance, as Keras 1 and 2 fed them."""

import os
import re
import warnings
from typing import Any

import numpy as np

from .... import settings
from ....core.messages import UserError, bad_argument, unknown_argument
from ....preprocessing import image as files
from ....preprocessing.image import smart_resize as smart_resize
from ..keywords import layout, older_names
from .from_files import DataFrameIterator, DirectoryIterator
from .iterators import Iterator, NumpyArrayIterator
from .transforms import apply_affine_transform as apply_affine_transform
from .transforms import apply_brightness_shift as apply_brightness_shift
from .transforms import apply_channel_shift as apply_channel_shift
from .transforms import flip_axis as flip_axis
from .transforms import random_brightness as random_brightness
from .transforms import random_channel_shift as random_channel_shift
from .transforms import random_rotation as random_rotation
from .transforms import random_shear as random_shear
from .transforms import random_shift as random_shift
from .transforms import random_zoom as random_zoom
from .transforms import transform_matrix_offset_center as transform_matrix_offset_center

__all__ = [
    "DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator",
    "NumpyArrayIterator", "apply_affine_transform", "apply_brightness_shift",
    "apply_channel_shift", "array_to_img", "flip_axis", "img_to_array", "list_pictures", "load_img",
    "random_brightness", "random_channel_shift", "random_rotation", "random_shear", "random_shift",
    "random_zoom", "save_img", "smart_resize", "transform_matrix_offset_center",
]  # fmt: skip


class ImageDataGenerator:
    """What is done to each image of a batch: changes by chance, then scaling.

    Args:
        featurewise_center, featurewise_std_normalization: Whether to take away the mean of all
            images, and to divide by their deviation, which `fit` finds.
        samplewise_center, samplewise_std_normalization: The same for each image by itself.
        zca_whitening, zca_epsilon: Whether to make pixels independent, as `fit` learns it.
        rotation_range: Degrees, either way.
        width_shift_range, height_shift_range: A share below 1, pixels above, or a list of pixels.
        brightness_range: The least and the largest factor.
        shear_range: Degrees, either way.
        zoom_range: The least and the largest share; a number is `1 - z` to `1 + z`.
        channel_shift_range: What is added to all channels, either way.
        fill_mode, cval: What lies outside the image: see `apply_affine_transform`.
        horizontal_flip, vertical_flip: Whether half of the images are mirrored.
        rescale: Factor, after `preprocessing_function`, which takes and gives one image.
        data_format: 'channels_last' or 'channels_first'; `dim_ordering` before.
        validation_split: The share that is the subset 'validation'.
        interpolation_order: Of the splines between pixels.
        dtype: Of the batches.

    Example:
        >>> generator = ImageDataGenerator(rescale=1 / 255)
        >>> batch = next(generator.flow(np.full((4, 2, 2, 3), 255.0), batch_size=2))
        >>> batch.shape, float(batch.max())
        ((2, 2, 2, 3), 1.0)
    """

    @older_names(dim_ordering="data_format")
    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ):
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range, self.brightness_range = channel_shift_range, brightness_range
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format, self.dtype = layout(data_format), dtype or settings.floatx()
        last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        if validation_split and not 0 < validation_split < 1:
            raise bad_argument(self, "validation_split", "between 0 and 1", validation_split)
        self._validation_split = validation_split
        self.zoom_range = self._zoom(zoom_range)
        if brightness_range is not None and np.shape(brightness_range) != (2,):
            raise bad_argument(self, "brightness_range", "a pair of numbers", brightness_range)
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None
        self._settle()

    def _zoom(self, zoom_range: Any) -> list[float]:
        if isinstance(zoom_range, (int, float)):
            return [1 - zoom_range, 1 + zoom_range]
        if np.shape(zoom_range) != (2,):
            raise bad_argument(self, "zoom_range", "a number or a pair of them", zoom_range)
        return list(zoom_range)

    def _settle(self) -> None:
        """Turn on what other options need, and off what they replace; say so."""
        needs = [
            ("zca_whitening", "featurewise_center", True),
            ("zca_whitening", "featurewise_std_normalization", False),
            ("featurewise_std_normalization", "featurewise_center", True),
            ("samplewise_std_normalization", "samplewise_center", True),
        ]
        for option, other, value in needs:
            if getattr(self, option) and bool(getattr(self, other)) != value:
                setattr(self, other, value)
                warnings.warn(
                    f"ImageDataGenerator: `{option}` sets `{other}` to {value}.", stacklevel=4
                )

    @older_names(X="x")
    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of images in memory: see NumpyArrayIterator."""
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format, save_to_dir,
            save_prefix, save_format, subset, ignore_class_split, self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of the images in a folder with a folder for each class: see DirectoryIterator."""
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle,
            seed, self.data_format, save_to_dir, save_prefix, save_format, follow_links, subset,
            interpolation, keep_aspect_ratio, self.dtype,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Batches of the images that a table of pandas names: see DataFrameIterator."""
        if kwargs.pop("has_ext", True) is False:
            raise UserError("flow_from_dataframe: write the files' endings into the column.")
        if "drop_duplicates" in kwargs:
            dataframe = (
                dataframe.drop_duplicates(x_col) if kwargs.pop("drop_duplicates") else dataframe
            )
        if kwargs.pop("sort", False):
            dataframe = dataframe.sort_values(by=x_col)
        if class_mode == "other":  # what 'raw' was called at first
            class_mode = "raw"
        for argument in kwargs:
            raise unknown_argument(
                "flow_from_dataframe", argument, ("x_col", "y_col", "class_mode")
            )
        return DataFrameIterator(
            dataframe, directory, self, x_col, y_col, weight_col, target_size, color_mode, classes,
            class_mode, batch_size, shuffle, seed, self.data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, False, self.dtype, validate_filenames,
        )  # fmt: skip

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """One image after `preprocessing_function`, `rescale` and what centers and scales it.

        An array of floats is changed in place.
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if not (isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.flags.writeable):
            x = np.array(x, self.dtype)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        option = "featurewise_std_normalization"
        if self.featurewise_std_normalization and self._fitted(option, self.std):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, np.prod(x.shape[-3:]))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _fitted(self, option: str, found: Any) -> bool:
        if found is None:
            warnings.warn(
                f"ImageDataGenerator: `{option}` needs `fit(images)` first; it is left out.",
                stacklevel=4,
            )
        return found is not None

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """The changes of one image, drawn by NumPy's global chance, for `apply_transform`."""
        if seed is not None:
            np.random.seed(seed)
        draw: Any = np.random.uniform
        theta = draw(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = draw(-self.shear_range, self.shear_range) if self.shear_range else 0
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else draw(*self.zoom_range, 2)
        horizontal = (np.random.random() < 0.5) * self.horizontal_flip
        vertical = (np.random.random() < 0.5) * self.vertical_flip
        most = self.channel_shift_range
        tint = draw(-most, most) if most != 0 else None
        brightness = None if self.brightness_range is None else draw(*self.brightness_range)
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy,
            "flip_horizontal": horizontal, "flip_vertical": vertical,
            "channel_shift_intensity": tint, "brightness": brightness,
        }  # fmt: skip

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """One image, changed as `get_random_transform` names it: 'theta', 'tx', 'ty', 'shear',
        'zx', 'zy', 'flip_horizontal', 'flip_vertical', 'channel_shift_intensity', 'brightness'."""
        given = transform_parameters
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, given.get("theta", 0), given.get("tx", 0), given.get("ty", 0), given.get("shear", 0),
            given.get("zx", 1), given.get("zy", 1), rows, columns, channels, self.fill_mode,
            self.cval, self.interpolation_order,
        )  # fmt: skip
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], channels)
        if given.get("flip_horizontal"):
            x = flip_axis(x, columns)
        if given.get("flip_vertical"):
            x = flip_axis(x, rows)
        if given.get("brightness") is not None:
            x = apply_brightness_shift(x, given["brightness"], False)
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """One image, changed by chance."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    @older_names(X="x")
    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find the mean, the deviation and the whitening that the options need.

        Args:
            x: (count, height, width, channels).
            augment, rounds: Whether to go by changed images, and how often by each.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise UserError(f"fit: `x` must be (count, rows, columns, channels); got {x.shape}.")
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x = x * np.asarray(self.rescale, x.dtype)
        if augment:
            x = np.array(
                [self.random_transform(one) for _ in range(rounds) for one in x], self.dtype
            )
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            directions, sizes, _ = np.linalg.svd(flat.T, full_matrices=False)
            scale = np.sqrt(len(x)) / (sizes + self.zca_epsilon)
            self.zca_whitening_matrix = (directions * scale) @ directions.T


def _shift(most: Any, size: int) -> float:
    """Pixels to move by: one of a list or of whole numbers up to `most`, either way; or a share."""
    if not np.any(most):
        return 0
    if np.ndim(most) or isinstance(most, (int, np.integer)):
        shift = np.random.choice(most) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-most, most)
    return shift * size if np.max(most) < 1 else shift


# -------------------------------------------------------------------------------- files and arrays


@older_names(dim_ordering="data_format")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """One of pillow's images as an array of three axes."""
    return files.img_to_array(img, layout(data_format), dtype)


@older_names(dim_ordering="data_format")
def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """An array of three axes as one of pillow's images; `scale` brings it to 0 to 255."""
    return files.array_to_img(x, layout(data_format), scale, dtype)


def save_img(
    path: Any, x: Any, data_format: str | None = None, file_format: str | None = None,
    scale: bool = True, **kwargs: Any,
) -> None:  # fmt: skip
    """Write an array of three axes as an image file."""
    files.save_img(path, x, layout(data_format), file_format, scale, **kwargs)


def load_img(
    path: Any, grayscale: Any = False, color_mode: str = "rgb", target_size: Any = None,
    interpolation: str = "nearest", keep_aspect_ratio: bool = False,
) -> Any:  # fmt: skip
    """An image file as one of pillow's images.

    Args:
        grayscale: Whether to make it gray; a color mode may stand here as well.
        color_mode: 'grayscale', 'rgb' or 'rgba'.
        target_size: (height, width) in pixels; None: the image's own.
    """
    if isinstance(grayscale, str):
        color_mode, grayscale = grayscale, False
    if isinstance(color_mode, (tuple, list)):  # the first era's third argument was the size
        color_mode, target_size = "rgb", color_mode
    mode = "grayscale" if grayscale else color_mode
    size = None if target_size is None else tuple(target_size)[:2]
    return files.load_img(path, mode, size, interpolation, keep_aspect_ratio)


def list_pictures(directory: str, ext: str = "jpg|jpeg|bmp|png|ppm") -> list[str]:
    """The paths of the image files in a folder and the folders in it."""
    ending = re.compile(rf"[\w]+\.(?:{ext})")
    return [
        os.path.join(folder, file)
        for folder, _, found in os.walk(directory)
        for file in found
        if ending.search(file)
    ]
