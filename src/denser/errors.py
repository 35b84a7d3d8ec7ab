"""The errors that denser raises; each is a ValueError, for a broken file an OSError as well."""

from .core.messages import BrokenFileError as BrokenFileError
from .core.messages import UnsafeFileError as UnsafeFileError
from .core.messages import UserError as UserError
from .core.messages import UserTypeError as UserTypeError
