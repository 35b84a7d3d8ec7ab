"""What is told about every moment of a run."""

from .base import Callback as Callback
from .base import History as History
from .base import LambdaCallback as LambdaCallback
from .callback_list import CallbackList as CallbackList
from .checkpointing import BackupAndRestore as BackupAndRestore
from .checkpointing import ModelCheckpoint as ModelCheckpoint
from .checkpointing import OrbaxCheckpoint as OrbaxCheckpoint
from .checkpointing import SwapEMAWeights as SwapEMAWeights
from .progress import ProgbarLogger as ProgbarLogger
from .records import CSVLogger as CSVLogger
from .records import RemoteMonitor as RemoteMonitor
from .schedule import LearningRateScheduler as LearningRateScheduler
from .schedule import ReduceLROnPlateau as ReduceLROnPlateau
from .stopping import EarlyStopping as EarlyStopping
from .stopping import TerminateOnNaN as TerminateOnNaN
from .tensorboard import TensorBoard as TensorBoard

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History",
    "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "OrbaxCheckpoint",
    "ProgbarLogger", "ReduceLROnPlateau", "RemoteMonitor", "SwapEMAWeights", "TensorBoard",
    "TerminateOnNaN",
]  # fmt: skip
