"""Names of resources and variables in an imported program."""

from __future__ import annotations

import pytest

from ens_provider.cli.importing.names import Named, callback_names, subscription_names, variables


@pytest.mark.parametrize(
    ("name", "resource", "variable"),
    [
        ("orders", "orders", "orders"),
        ("shop-dev-orders", "shop-dev-orders", "shop_dev_orders"),
        ("Order events (EU)", "Order-events-EU", "order_events_eu"),
        (
            "R\u00fcckl\u00e4ufer \u2013 K\u00f6ln",
            "R\u00fcckl\u00e4ufer-K\u00f6ln",
            "r\u00fcckl\u00e4ufer_k\u00f6ln",
        ),
        (
            "\u0437\u0430\u043a\u0430\u0437\u044b",
            "\u0437\u0430\u043a\u0430\u0437\u044b",
            "\u0437\u0430\u043a\u0430\u0437\u044b",
        ),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940",
            "\u0939\u093f\u0928\u094d\u0926\u0940",
            "\u0939\u093f\u0928\u094d\u0926\u0940",
        ),
        ('it\'s "quoted" \\ slashed', "it-s-quoted-slashed", "it_s_quoted_slashed"),
        ("\U0001f4e8", "callback", "callback"),
        ("--- ***", "callback", "callback"),
        ("\U0001f4e8 mails", "mails", "mails"),
        ("2nd.try", "2nd.try", "callback_2nd_try"),
        ("class", "class", "class_callback"),
        ("match", "match", "match_callback"),
        ("None", "None", "none"),
        ("list", "list", "list_callback"),
        ("pulumi", "pulumi", "pulumi_callback"),
        ("ens", "ens", "ens_callback"),
        ("__name__", "name", "name"),
        ("\ufb01les", "files", "files"),
        ("urn::pulumi", "urn-pulumi", "urn_pulumi"),
    ],
)
def test_name_and_variable(name: str, resource: str, variable: str) -> None:
    """Words stay in every script; what is no letter or digit separates them."""
    assert callback_names([name]) == [resource]
    assert variables([resource]) == [variable]
    assert variable.isidentifier()


def test_names_that_become_the_same() -> None:
    """They are numbered, also where they differ in case only; a name that is alone keeps itself."""
    names = ["a b", "a-b", "A B", "a-b-2", "\u2605", "\u2606"]

    assert callback_names(names) == ["a-b", "a-b-3", "A-B-4", "a-b-2", "callback", "callback-2"]


def test_variables_leave_room_for_verifications() -> None:
    """No variable is that of another callback's verification."""
    assert variables(["orders", "orders-verified", "Orders", "orders.2"]) == [
        "orders",
        "orders_verified_2",
        "orders_2",
        "orders_2_2",
    ]


def test_subscriptions_begin_with_their_callbacks() -> None:
    """So they are the same whatever else is imported; one that begins so already stays as it is."""
    subscriptions = [
        Named(name="sent", callback="orders"),
        Named(name="orders-bounced", callback="orders"),
        Named(name="Orders", callback="orders"),
        Named(name="orders2", callback="orders"),
        Named(name="sent", callback="returns"),
        Named(name="!", callback="returns"),
    ]

    assert subscription_names(subscriptions) == [
        "orders-sent",
        "orders-bounced",
        "Orders",
        "orders-orders2",
        "returns-sent",
        "returns-subscription",
    ]


def test_subscriptions_that_become_the_same() -> None:
    """They are numbered."""
    subscriptions = [Named(name=name, callback="orders") for name in ("a b", "A-b", "orders a b")]

    assert subscription_names(subscriptions) == ["orders-a-b", "orders-A-b-2", "orders-a-b-3"]
