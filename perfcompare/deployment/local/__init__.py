# SPDX-License-Identifier: Apache-2.0
"""Processes in virtual environments on this host, with servers of their own.

::

    deployment ──► venvs          one environment a variant, cached
        │    └───► servers        mariadb or sqlite, rabbitmq, memcached, keystone
        ├──► upgrade ─┐           base → target once; keeps both states
        └──► up ──────┴► instances ──► services, configuration
                              └──────► running ──► stopping
"""
