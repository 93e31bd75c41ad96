# SPDX-License-Identifier: Apache-2.0
"""Rally tasks are Jinja2 templates: render one as ``rally task start`` would.

In a sandbox: a task that somebody sends must not run code by being validated.
"""

import math
import traceback
from collections.abc import Mapping
from pathlib import Path

import jinja2
import jinja2.meta
import jinja2.sandbox

from perfcompare.model.errors import PlanError, Problem
from perfcompare.plan.wording import printable

# What a template can do wrong while it renders, besides jinja2's own errors.
_MISTAKES = (
    *(ArithmeticError, LookupError, OSError, RecursionError),
    *(TypeError, ValueError),
)
_FROM_STRING = "<template>"


def render(text: str, *, path: Path, task_args: Mapping[str, object]) -> str:
    """Return *text* with *task_args* filled in.

    Raises:
        PlanError: A variable is not given, or the template is wrong.
    """
    environment = _environment(path)
    try:
        return environment.from_string(text).render(task_args)
    except jinja2.TemplateSyntaxError as error:
        # An included file has a name; the task itself has none.
        place = str(path.parent / error.name) if error.name else str(path)
        message = f"template: {(error.message or '').rstrip('.')}; check the braces"
        problem = Problem(path=place, line=error.lineno, message=printable(message))
    except jinja2.UndefinedError as error:
        hint = "give it in task_args, or a default: {{ name|default(1) }}"
        problem = _problem(path, error, f"{error.message}; {hint}")
    except (jinja2.TemplateError, *_MISTAKES) as error:
        words = str(error) or type(error).__name__
        problem = _problem(path, error, f"template: {words}; check the expression")
    raise PlanError((problem,))


def unused(text: str, *, path: Path, task_args: Mapping[str, object]) -> list[str]:
    """Return the names in *task_args* that the template does not use.

    None of them when it includes others: they may use it.
    """
    parsed = _environment(path).parse(text)
    if any(True for _ in jinja2.meta.find_referenced_templates(parsed)):
        return []
    used = jinja2.meta.find_undeclared_variables(parsed)
    return [name for name in task_args if name not in used]


def _environment(path: Path) -> jinja2.Environment:
    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FileSystemLoader(path.parent, encoding="utf-8"),
        keep_trailing_newline=True,
        autoescape=False,  # YAML, not HTML
    )
    # The functions that Rally offers to its tasks.
    environment.globals |= {
        "min": min,
        "max": max,
        "ceil": math.ceil,
        "round": round,
    }
    return environment


def _problem(path: Path, error: Exception, message: str) -> Problem:
    message = printable(message)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _FROM_STRING]
    return Problem(path=str(path), line=lines[-1] if lines else None, message=message)
