"""Training: steps, the programs that run them, what feeds them, and what keeps a run."""

from .resume import Resume as Resume
