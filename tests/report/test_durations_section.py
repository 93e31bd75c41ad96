# SPDX-License-Identifier: Apache-2.0
import io

import pytest
from lxml import html

from perfcompare.report.html import write_html
from perfcompare.report.page.durations import figure_ids
from perfcompare.report.plots.distributions import VIEW_HEIGHT, VIEW_WIDTH
from perfcompare.testing.judgements import regression_run


def page_of(judgement):
    out = io.StringIO()
    write_html(judgement, out)
    return html.document_fromstring(out.getvalue())


def test_every_figure_of_durations_can_be_shown_again_by_its_id():
    judgement = regression_run()
    found = figure_ids(judgement)
    tree = page_of(judgement)

    assert set(found) == {(one.workload, one.action) for one in judgement.distributions}
    for name in found.values():
        figure = tree.get_element_by_id(name)
        box = [float(number) for number in figure.get("viewbox").split()]
        assert figure.tag == "svg"
        assert box == pytest.approx([0, 0, VIEW_WIDTH, VIEW_HEIGHT])
