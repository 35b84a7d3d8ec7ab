"""Pictures: network diagrams, plots of data, training and functions, and the report page."""

from .describe import describe as describe
from .diagram import Box as Box
from .diagram import Show as Show
from .diagram import draw as draw
from .dot import Dot as Dot
from .dot import model_to_dot as model_to_dot
from .dot import plot_model as plot_model
from .drawing import Picture as Picture
from .functions import plot_activation as plot_activation
from .functions import plot_loss as plot_loss
from .neurons import Column as Column
from .neurons import draw_neurons as draw_neurons
from .page import Page as Page
from .plots import plot_confusion_matrix as plot_confusion_matrix
from .plots import plot_history as plot_history
from .plots import plot_images as plot_images
from .plots import plot_pixels as plot_pixels
