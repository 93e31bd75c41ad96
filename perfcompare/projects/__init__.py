# SPDX-License-Identifier: Apache-2.0
"""What differs from one project to the next, as data: one module a project."""

from collections.abc import Mapping

from perfcompare.model.project import Project
from perfcompare.projects.glance import GLANCE
from perfcompare.projects.manila import MANILA
from perfcompare.projects.testbed import TESTBED

PROJECTS: Mapping[str, Project] = {
    project.name: project for project in (GLANCE, MANILA, TESTBED)
}
"""Every project that can be deployed on this host, by name."""
