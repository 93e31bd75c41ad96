# SPDX-License-Identifier: Apache-2.0
"""Hold zuul.d against Zuul's own loader and schemas; runs in Zuul's environment.

It cannot see other repositories: that a parent exists is for test-zuul.
"""

import sys
from pathlib import Path

from zuul.configloader import (  # type: ignore[import-not-found]  # not in our environment
    JobParser,
    ProjectParser,
    ProjectTemplateParser,
    safe_load_yaml,
)
from zuul.model import SourceContext  # type: ignore[import-not-found]  # as above

NAME = "openstack/perfcompare"
SCHEMAS = {
    "job": JobParser.schema,
    "project": ProjectParser(None).schema,
    "project-template": ProjectTemplateParser(None).schema,
}

for argument in sys.argv[1:]:
    path = Path(argument)
    context = SourceContext(f"opendev.org/{NAME}", NAME, "opendev.org", "master", path)
    for stanza in safe_load_yaml(path.read_text(), context):
        ((kind, content),) = stanza.items()
        SCHEMAS[kind](content)
        sys.stdout.write(f"{path.name}: {kind} {content.get('name', '')}\n")
