# SPDX-License-Identifier: Apache-2.0
"""Glance's API over plain HTTP, each request an action of its own."""

import functools
import itertools
import random
from typing import Any

from rally.task import atomic, scenario

from perfcompare.workload.plugins.http import HttpError, fetch, local

_IMAGES = "/v2/images"


@functools.cache
def _payload(size_bytes: int) -> bytes:
    return random.Random(size_bytes).randbytes(size_bytes)  # noqa: S311 (no secret)


def _images(limit: int) -> list[dict[str, Any]]:
    images = fetch("GET", f"{_IMAGES}?limit={limit}", status=200).json().get("images")
    if not images or len(images) > limit:
        raise HttpError(f"asked for up to {limit} images, got {images!r:.200}")
    listed: list[dict[str, Any]] = images
    return listed


@scenario.configure(name="PerfcompareGlance.list_images")
class ListImages(scenario.Scenario):
    """List images that are there already."""

    def run(self, limit: int = 20) -> None:
        """List the newest images.

        :param limit: how many at most
        """
        with atomic.ActionTimer(self, "glance.list"):
            _images(limit)


@scenario.configure(name="PerfcompareGlance.show_image")
class ShowImage(scenario.Scenario):
    """Show images that are there already, one by one."""

    def run(self) -> None:
        """Show one image; a thread lists them once and then goes round."""
        if not hasattr(local, "glance_images"):
            local.glance_images = itertools.cycle(image["id"] for image in _images(20))
        wanted = next(local.glance_images)
        with atomic.ActionTimer(self, "glance.show"):
            shown = fetch("GET", f"{_IMAGES}/{wanted}", status=200).json()
            if shown.get("id") != wanted:
                raise HttpError(f"asked for image {wanted}, got {shown!r:.200}")


@scenario.configure(name="PerfcompareGlance.create_upload_download_delete_image")
class CreateUploadDownloadDeleteImage(scenario.Scenario):
    """Take an image through its whole life."""

    def run(self, size_bytes: int = 65536) -> None:
        """Create an image, upload its data, read them back, delete the image.

        :param size_bytes: how much data
        """
        data = _payload(size_bytes)
        with atomic.ActionTimer(self, "glance.create"):
            body = {
                "name": self.generate_random_name(),
                "container_format": "bare",
                "disk_format": "raw",
            }
            created = fetch("POST", _IMAGES, status=201, json=body).json()
        path = f"{_IMAGES}/{created['id']}"
        try:
            self._upload_and_download(path, data)
        finally:
            with atomic.ActionTimer(self, "glance.delete"):
                fetch("DELETE", path, status=204)

    def _upload_and_download(self, path: str, data: bytes) -> None:
        with atomic.ActionTimer(self, "glance.upload"):
            fetch("PUT", f"{path}/file", status=204, data=data)
        with atomic.ActionTimer(self, "glance.download"):
            read = fetch("GET", f"{path}/file", status=200).content
        if read != data:
            raise HttpError(
                f"GET {path}/file: {len(read)} bytes that differ from the"
                f" {len(data)} uploaded"
            )
