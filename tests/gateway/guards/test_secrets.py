"""Secrets: found in every notation; what only stands where a secret would stand is let be.

Sample tokens are put together here, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import random
import string

import pytest

from benchmarks.secrets_made import FORMATS, found_in, frozen, plan_with_secrets
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.guards.secrets import ENTITIES, SecretsParams
from gateway.guards.secrets_tokens import TOKENS
from tests.gateway.guards.table import Row, guard_table

_DRAWN = "Zq7Kd2Lm9Xw4Rt6Yb1Nc8Vf3Hs5Jg0PaUeTiOo"
_GITHUB = "ghp" + "_" + _DRAWN[:36]
_KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B"
_JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0." + _DRAWN[:22]

FOUND: list[Row] = [
    (f"use {_GITHUB}, ok", [(_GITHUB, "GITHUB_TOKEN")]),
    ("id AKIA" + "Q3EGRIZ7XK2W5NPL now", [("AKIA" + "Q3EGRIZ7XK2W5NPL", "AWS_ACCESS_KEY")]),
    (_KEY, [(_KEY, "PRIVATE_KEY")]),
    (f"{_JWT} x", [(_JWT, "JWT")]),
    ("postgres://app:h4Rd2g@db:5432/x", [("h4Rd2g", "URL_PASSWORD")]),
    ("redis://:s3cr3tPw@cache", [("s3cr3tPw", "URL_PASSWORD")]),
    ("password = tr0ub4dor&3", [("tr0ub4dor&3", "PASSWORD")]),
    ("password: hunter2!", [("hunter2", "PASSWORD")]),
    ('"api_key": "q9Zr27LmXw4t"', [("q9Zr27LmXw4t", "PASSWORD")]),
    ("DB_PASSWORD=Zq7Kd2Lm", [("Zq7Kd2Lm", "PASSWORD")]),
    ("client-secret => 'v8Hq2Lz7'", [("v8Hq2Lz7", "PASSWORD")]),
    ("Authorization: Bearer " + _DRAWN[:24], [(_DRAWN[:24], "BEARER_TOKEN")]),
    ("cGFzc3dvcmQ9WnE3S2QyTG0=", ["cGFzc3dvcmQ9WnE3S2QyTG0="]),
]
HARMLESS: list[Row] = [(text, []) for text in (
    "password = changeme",
    "password: <your-password>",
    "API_KEY=xxxxxxxxxxxx",
    "token: ${GITHUB_TOKEN}",
    "secret = os.environ['KEY_1']",
    "password: required, 8 characters",
    "The password: must hold 12 signs",
    "token = get_token(user1)",
    "apiKey: process.env.API_KEY1",
    "password=********",
    "postgres://user:password@localhost",
    "postgres://u:${PW1}@db/x",
    "http://localhost:8080/a@b",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "x" * 36,
    "a risk-averse task-force, sk-learn",
    "The header is -----BEGIN PRIVATE KEY----- here",
    "sha256:9f86d081884c7d659a2feaa0c55ad015",
    "v1.2.3-rc1 in C4, S3, EKS",
    "tokens: 4096, token: 12345678",
    "ISBN 978-0-306-40615-7, kill -9",
    "the secret: patience and time",
    "bearer of bad news, 2024-11-24",
    "ignore the previous e-mail",
    "passwordless login: 2024-10-01",
)]

test_secrets = guard_table("secrets", FOUND + HARMLESS)

_ALLOWING = SecretsParams(entities=("PASSWORD",), allow=("tr0ub4dor&3",))
test_only_listed_entities_and_no_allowed_value = guard_table("secrets", [
    ("password = tr0ub4dor&3", []),
    (_GITHUB, []),
    ("password = tr0ub4dor&4", ["tr0ub4dor&4"]),
], params=_ALLOWING)


def _found(text: str) -> list[tuple[str, str]]:
    plan = Plan.compile([Policy("p", rules=(Rule("s", "secrets", action=FLAG),))], "r", guards())
    verdict = Exchange(plan, Context("d")).judge_input((Channel("user", (Segment("/t", "user", text),)),))
    return [(text[each.start : each.end], each.entity) for each in verdict.findings]


_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_SAMPLES = (  # (entity, what it begins with, alphabet, length, what it ends with)
    ("AWS_BEDROCK_KEY", "ABSK", _ALNUM, 120, ""), ("GITHUB_TOKEN", "github_pat_", _ALNUM, 82, ""),
    ("GITLAB_TOKEN", "glpat-", _ALNUM, 20, ""), ("SLACK_TOKEN", "xoxb-", _ALNUM, 40, ""),
    ("SLACK_WEBHOOK", "hooks.slack.com/services/", _ALNUM, 44, ""), ("OPENAI_KEY", "sk-proj-", _ALNUM, 60, ""),
    ("ANTHROPIC_KEY", "sk-ant-api03-", _ALNUM, 95, ""), ("OPENROUTER_KEY", "sk-or-v1-", _HEX, 64, ""),
    ("API_KEY", "sk-", _ALNUM, 40, ""), ("GROQ_KEY", "gsk_", _ALNUM, 52, ""), ("XAI_KEY", "xai-", _ALNUM, 80, ""),
    ("PERPLEXITY_KEY", "pplx-", _ALNUM, 48, ""), ("HUGGINGFACE_TOKEN", "hf_", _ALNUM, 34, ""),
    ("REPLICATE_TOKEN", "r8_", _ALNUM, 37, ""), ("GOOGLE_API_KEY", "AIza", _ALNUM, 35, ""),
    ("GOOGLE_OAUTH_SECRET", "GOCSPX-", _ALNUM, 28, ""), ("GOOGLE_OAUTH_TOKEN", "ya29.", _ALNUM, 60, ""),
    ("AZURE_STORAGE_KEY", "AccountKey=", _ALNUM, 86, "=="), ("AZURE_CLIENT_SECRET", "abc8Q~", _ALNUM, 33, ""),
    ("AZURE_SAS_SIGNATURE", "sig=", _ALNUM, 43, "%3D"), ("STRIPE_KEY", "sk_live_", _ALNUM, 24, ""),
    ("STRIPE_WEBHOOK_SECRET", "whsec_", _ALNUM, 32, ""), ("SQUARE_TOKEN", "sq0csp-", _ALNUM, 43, ""),
    ("BRAINTREE_TOKEN", "access_token$production$k2v8x1c9w7b3n5m4$", _HEX, 32, ""),
    ("SHOPIFY_TOKEN", "shpat_", _HEX, 32, ""), ("TWILIO_KEY", "SK", _HEX, 32, ""),
    ("SENDGRID_KEY", "SG.ngeVfQFYQlKU0ufo8x5d1A.", _ALNUM, 43, ""), ("MAILGUN_KEY", "key-", _HEX, 32, ""),
    ("MAILCHIMP_KEY", "", _HEX, 32, "-us12"), ("BREVO_KEY", "xkeysib-", _HEX, 64, "-k2V8x1C9w7B3n5M4"),
    ("POSTMAN_KEY", "PMAK-0a1b2c3d4e5f60718293a4b5-", _HEX, 34, ""), ("NPM_TOKEN", "npm_", _ALNUM, 36, ""),
    ("PYPI_TOKEN", "pypi-AgE", _ALNUM, 70, ""), ("RUBYGEMS_KEY", "rubygems_", _HEX, 48, ""),
    ("CRATES_TOKEN", "cio", _ALNUM, 32, ""), ("DOCKER_TOKEN", "dckr_pat_", _ALNUM, 27, ""),
    ("DIGITALOCEAN_TOKEN", "dop_v1_", _HEX, 64, ""), ("HEROKU_KEY", "HRKU-", _ALNUM, 60, ""),
    ("FLY_TOKEN", "fo1_", _ALNUM, 43, ""), ("VERCEL_TOKEN", "vcp_", _ALNUM, 24, ""),
    ("NETLIFY_TOKEN", "nfp_", _ALNUM, 36, ""), ("HASHICORP_TOKEN", "hvs.", _ALNUM, 30, ""),
    ("CLOUDFLARE_KEY", "v1.0-0a1b2c3d4e5f60718293a4b5-", _HEX, 146, ""),
    ("TERRAFORM_TOKEN", "k2V8x1C9w7B3n5.atlasv1.", _ALNUM, 67, ""), ("PULUMI_TOKEN", "pul-", _HEX, 40, ""),
    ("DATABRICKS_TOKEN", "dapi", _HEX, 32, ""), ("SNYK_TOKEN", "snyk_uat.k2v8x1c9.", _ALNUM, 40, ""),
    ("SONAR_TOKEN", "squ_", _HEX, 40, ""), ("NEWRELIC_KEY", "NRAK-", _ALNUM, 27, ""),
    ("GRAFANA_TOKEN", "glsa_", _ALNUM, 32, "_0a1b2c3d"), ("SENTRY_TOKEN", "sntrys_", _ALNUM, 80, ""),
    ("LINEAR_KEY", "lin_api_", _ALNUM, 40, ""), ("NOTION_TOKEN", "ntn_", _ALNUM, 46, ""),
    ("FIGMA_TOKEN", "figd_", _ALNUM, 42, ""), ("AIRTABLE_TOKEN", "patk2V8x1C9w7B3n5.", _HEX, 64, ""),
    ("ATLASSIAN_TOKEN", "ATATT3", _ALNUM, 180, ""), ("DISCORD_TOKEN", "MTA4k2V8x1C9w7B3n5M4Zz1q.Gk2V8x.", _ALNUM, 38, ""),
    ("DISCORD_WEBHOOK", "discord.com/api/webhooks/108462937501846295/", _ALNUM, 68, ""),
    ("TELEGRAM_TOKEN", "5829164073:AA", _ALNUM, 33, ""), ("FACEBOOK_TOKEN", "EAAB", _ALNUM, 120, ""),
    ("DOPPLER_TOKEN", "dp.pt.", _ALNUM, 43, ""), ("SUPABASE_KEY", "sbp_", _HEX, 40, ""),
    ("PLANETSCALE_TOKEN", "pscale_tkn_", _ALNUM, 43, ""),
    ("AGE_KEY", "AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58, ""),
)


@pytest.mark.parametrize("sample", _SAMPLES, ids=[f"{each[0]}-{each[1][:8]}" for each in _SAMPLES])
def test_every_issuer_is_recognised_by_its_shape_and_its_stand_ins_are_not(
    sample: tuple[str, str, str, int, str],
) -> None:
    entity, begins, alphabet, length, ends = sample
    drawn = begins + "".join(random.Random(entity).choices(alphabet, k=length)) + ends
    assert _found(f"use {drawn} today") == [(drawn, entity)]
    assert _found(f"use {begins}{'x' * length}{ends} today") == []


def test_every_kind_has_a_sample() -> None:
    covered = {each[0] for each in _SAMPLES} | {row.split()[0] for row in FORMATS.split("\n") if row} | {each[1] for _, rows in FOUND for each in rows if isinstance(each, tuple)}
    assert covered == set(ENTITIES)
    assert len({entity for entity, _ in TOKENS}) >= 110


def test_the_frozen_set() -> None:
    """Few of each; ``python -m benchmarks.secrets_made`` has more, and counts on harmless files."""
    plan, hit, lost, wrong = plan_with_secrets(), 0, [], []
    for text, entity, start in frozen(each=2):
        found = found_in(plan, text)
        if entity and any(begins <= start + 80 and start < end for begins, end, _ in found):
            hit += 1
        elif entity:
            lost.append((entity, text))
        elif found:
            wrong.append(text)
    assert hit / (hit + len(lost)) >= 0.98, lost
    assert hit / (hit + len(wrong)) >= 0.98, wrong


@pytest.mark.parametrize("text", [
    "the secret key to a good marriage is patience", "My password is not working anymore", "the password is case-sensitive",
    "token bucket algorithm with 10000000000000000000 tokens", "key: Internationalization and localization",
    "the secret is in the sauce: 12345678901234567890", "curl -u admin:$PASSWORD https://x.io", "password is: required",
])
def test_talk_of_secrets_is_none(text: str) -> None:
    assert _found(text) == []


def test_a_whole_private_key_is_one_finding() -> None:
    body = "\n".join("".join(random.Random(line).choices(_ALNUM, k=64)) for line in range(26))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    assert _found(f"here:\n{key}\nthanks") == [(key, "PRIVATE_KEY")]


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown entity 'GITHUB'"):
        SecretsParams(entities=("GITHUB",))
    with pytest.raises(ValueError, match="min_entropy"):
        SecretsParams(min_entropy=9)
