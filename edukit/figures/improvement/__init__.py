"""Charts of an improvement report, made from an :class:`edukit.improvement.Improvement`; None for nothing to draw."""

from edukit.figures.improvement.drivers import drivers
from edukit.figures.improvement.enrolment import enrolment
from edukit.figures.improvement.margins import margins
from edukit.figures.improvement.money import costs
from edukit.figures.improvement.parts import movement, places
from edukit.figures.improvement.roadmap import roadmap

__all__ = ["costs", "drivers", "enrolment", "margins", "movement", "places", "roadmap"]
