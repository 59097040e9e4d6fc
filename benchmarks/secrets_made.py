"""Credentials and what only looks like them, for the ``secrets`` guard.

Run ``python -m benchmarks.secrets_made [--harmless FILE ...]``.

The credentials are drawn from the issuers' published formats and put into code, logs, configuration and chat; as many
texts hold stand-ins, truncated or masked tokens, hashes, identifiers and references. ``--harmless`` counts findings in
files of harmless text, a paragraph or line each. The set is the same for the same seed: 1 is the frozen one.
"""

from __future__ import annotations

import argparse
import base64
import re
import string
import time
from collections import Counter
from pathlib import Path
from random import Random

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment

_SETS = {
    "a": string.ascii_letters + string.digits, "h": "0123456789abcdef", "u": string.ascii_uppercase + string.digits,
    "l": string.ascii_lowercase + string.digits, "d": string.digits, "b": string.ascii_letters + string.digits + "-_",
    "B": string.ascii_letters + string.digits + "+/", "2": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "q": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", "s": "abcdefghijklmnopqrstuvwxyz234567",
}
FORMATS = """
AWS_ACCESS_KEY AKIA<2:16> ASIA<2:16>
GITHUB_TOKEN ghp_<a:36> gho_<a:36> github_pat_<a:22>_<a:59>
GITLAB_TOKEN glpat-<b:20> gldt-<b:20> GR1348941<b:20> glrt-<b:20>
SLACK_TOKEN xoxb-<d:12>-<d:12>-<a:24> xoxp-<d:11>-<d:11>-<d:12>-<h:32> xapp-1-A<u:10>-<d:13>-<h:64>
SLACK_WEBHOOK https://hooks.slack.com/services/T<u:8>/B<u:10>/<a:24>
OPENAI_KEY sk-proj-<b:74>T3BlbkFJ<b:74> sk-svcacct-<b:60> sk-<a:20>T3BlbkFJ<a:20>
ANTHROPIC_KEY sk-ant-api03-<b:93>AA
OPENROUTER_KEY sk-or-v1-<h:64>
GROQ_KEY gsk_<a:52>
XAI_KEY xai-<a:80>
PERPLEXITY_KEY pplx-<a:48>
HUGGINGFACE_TOKEN hf_<a:34>
REPLICATE_TOKEN r8_<a:37>
GOOGLE_API_KEY AIza<b:35>
GOOGLE_OAUTH_SECRET GOCSPX-<b:28>
GOOGLE_OAUTH_TOKEN ya29.a0<b:120>
AZURE_STORAGE_KEY AccountKey=<B:86>==
AZURE_CLIENT_SECRET <a:3>8Q~<b:34>
STRIPE_KEY sk_live_<a:24> rk_live_<a:99> sk_test_<a:24>
STRIPE_WEBHOOK_SECRET whsec_<a:32>
SQUARE_TOKEN sq0atp-<b:22> EAAA<b:60>
BRAINTREE_TOKEN access_token$production$<l:16>$<h:32>
SHOPIFY_TOKEN shpat_<h:32> shpss_<h:32>
TWILIO_KEY SK<h:32>
SENDGRID_KEY SG.<b:22>.<b:43>
MAILGUN_KEY key-<h:32>
MAILCHIMP_KEY <h:32>-us12
BREVO_KEY xkeysib-<h:64>-<a:16>
POSTMAN_KEY PMAK-<h:24>-<h:34>
NPM_TOKEN npm_<a:36>
PYPI_TOKEN pypi-AgEIcHlwaS5vcmc<b:120>
RUBYGEMS_KEY rubygems_<h:48>
CRATES_TOKEN cio<a:32>
DOCKER_TOKEN dckr_pat_<b:27>
DIGITALOCEAN_TOKEN dop_v1_<h:64>
HEROKU_KEY HRKU-AA<b:58>
FLY_TOKEN fo1_<b:43>
VERCEL_TOKEN vcp_<a:56>
NETLIFY_TOKEN nfp_<a:36>
CLOUDFLARE_KEY v1.0-<h:24>-<h:146>
HASHICORP_TOKEN hvs.<b:92>
TERRAFORM_TOKEN <a:14>.atlasv1.<b:66>
PULUMI_TOKEN pul-<h:40>
DATABRICKS_TOKEN dapi<h:32>
SNYK_TOKEN snyk_uat.<l:8>.<b:120>
SONAR_TOKEN squ_<h:40>
NEWRELIC_KEY NRAK-<u:27>
GRAFANA_TOKEN glsa_<a:32>_<h:8> glc_<B:60>
SENTRY_TOKEN sntryu_<h:64>
LINEAR_KEY lin_api_<a:40>
NOTION_TOKEN ntn_<d:11><a:35> secret_<a:43>
FIGMA_TOKEN figd_<b:40>
AIRTABLE_TOKEN pat<a:14>.<h:64>
ATLASSIAN_TOKEN ATATT3<b:186>
DISCORD_WEBHOOK https://discord.com/api/webhooks/<d:19>/<b:68>
DISCORD_TOKEN M<a:23>.<b:6>.<b:38>
TELEGRAM_TOKEN <d:10>:AA<b:33>
FACEBOOK_TOKEN EAAC<a:120>
DOPPLER_TOKEN dp.pt.<a:43>
SUPABASE_KEY sbp_<h:40>
PLANETSCALE_TOKEN pscale_tkn_<b:43>
AGE_KEY AGE-SECRET-KEY-1<q:58>
ONEPASSWORD_KEY A3-<u:6>-<u:11>-<u:5>-<u:5>-<u:5>
ADOBE_SECRET p8e-<a:32>
ALIBABA_ACCESS_KEY LTAI<a:20>
TENCENT_ACCESS_KEY AKID<a:32>
ARTIFACTORY_KEY AKCp<a:69> cmVmd<a:59>
CLICKHOUSE_KEY 4b1d<a:38>
CLOJARS_TOKEN CLOJARS_<l:60>
DUFFEL_TOKEN duffel_live_<b:43>
DYNATRACE_TOKEN dt0c01.<u:24>.<u:64>
EASYPOST_KEY EZAK<a:54>
FLUTTERWAVE_KEY FLWSECK_TEST-<h:32>-X
FRAMEIO_TOKEN fio-u-<b:64>
HARNESS_TOKEN pat.<b:22>.<a:24>.<a:20>
INFRACOST_KEY ico-<a:32>
MAXMIND_KEY <a:6>_<a:29>_mmk
OCTOPUS_KEY API-<u:26>
OPENSHIFT_TOKEN sha256~<b:43>
PREFECT_TOKEN pnu_<a:36>
README_KEY rdme_<l:70>
SCALINGO_TOKEN tk-us-<b:48>
SHIPPO_TOKEN shippo_live_<h:40>
SOURCEGRAPH_TOKEN sgp_<h:40>
HUBSPOT_TOKEN pat-na1-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>
TYPEFORM_TOKEN tfp_<b:44>
CONTENTFUL_TOKEN CFPAT-<b:43>
PLAID_TOKEN access-sandbox-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>
RAZORPAY_KEY rzp_live_<a:14>
BUILDKITE_TOKEN bkua_<h:40>
CIRCLECI_TOKEN CCIPAT_<a:22>_<h:40>
TAILSCALE_KEY tskey-auth-<a:12>CNTRL-<a:32>
LANGSMITH_KEY lsv2_pt_<h:32>_<h:10>
PINECONE_KEY pcsk_<a:6>_<a:63>
ELEVENLABS_KEY sk_<h:48>
NVIDIA_KEY nvapi-<b:64>
NEON_KEY napi_<l:64>
RESEND_KEY re_<a:8>_<a:24>
ZOHO_TOKEN 1000.<h:32>.<h:32>
GITEA_TOKEN gto_<s:52>
BITBUCKET_TOKEN ATBB<a:32>
LAUNCHDARKLY_KEY sdk-<h:8>-<h:4>-<h:4>-<h:4>-<h:12>
POSTHOG_KEY phc_<a:43>
ASANA_TOKEN 1/<d:16>:<h:32>
VAULT_TOKEN s.<a:24>
AWS_BEDROCK_KEY ABSK<B:120>
API_KEY sk-<a:40>
AZURE_SAS_SIGNATURE sig=<a:43>%3D
MAPBOX_TOKEN sk.eyJ<a:60>.<b:22>
TEAMS_WEBHOOK https://acme.webhook.office.com/webhookb2/<h:8>-<h:27>@<h:36>/IncomingWebhook/<h:32>/<h:36>
DROPBOX_TOKEN sl.u.<b:130>
FIREBASE_KEY AAAA<b:7>:APA91b<b:134>
FIREWORKS_KEY fw_<a:24>
TWITTER_TOKEN AAAAAAAAAAAAAAAAAAAAA<a:80>
SENTRY_DSN https://<h:32>@o4507.ingest.us.sentry.io/<d:16>
CONFLUENT_SECRET cflt<B:60>
AZURE_SHARED_KEY Endpoint=sb://x.servicebus.windows.net/;SharedAccessKey=<B:43>=
AZURE_DEVOPS_TOKEN <a:52>JQQJ99<a:26>
SETTLEMINT_TOKEN sm_pat_<a:16>
LOB_KEY live_<h:35>
"""
_PLACES = ("key: {}", 'API_KEY="{}"', "export TOKEN={}", "use {} please", '{{"auth": "{}"}}', "Authorization: {}",
           "it's {}, don't share it",
           "[debug] sending {} to upstream", "client = Client('{}')", "<!-- {} -->", "{}\n", "old key was ({})",
           "- value: {}")
_PASSWORDS = ("password = {}", "DB_PASSWORD={}", '"password": "{}"', "pwd: {}", "client_secret='{}'",
              "api_key => \"{}\"", "secret_key: {}",
              "my password is {}", "The passphrase was {}.", "ENCRYPTION_KEY={}", "auth_token := \"{}\"",
              "aws_secret_access_key = {}")
_NEAR = ("the secret key for prod: {}", "here is my access key {}", "Token ({})", "our api token, rotate it: {}",
         "shared secret is {}")
_LINKS = ("postgres://app:{}@db.internal:5432/main", "mongodb+srv://root:{}@cluster0.ab1cd.mongodb.net/x",
          "redis://:{}@cache:6379/0",
          "amqp://guest:{}@mq:5672/", "https://deploy:{}@git.example.org/a.git", "mysql://u:{}@10.0.0.5/shop",
          "ftp://anna:{}@files.example.net",
          "Server=db;Database=x;User Id=sa;Password={};", "curl -u admin:{} https://api.example.com",
          "smtp://m%40x.io:{}@mail:587")


_REFERENCES = ("os.environ[KEY1]", "${DB_PW_1}", "getpass.getpass()", "config.db2.password", "None", "%PW1%",
               "process.env.API_KEY", "YOUR_API_KEY_1", "xxxxxxxx", "{{ api_key_2 }}", "vault:secret/data/a1#k")


def drawn(rng: Random, form: str) -> str:
    """A credential of a format: ``<set:count>`` becomes characters of the set."""
    return re.sub(r"<(\w):(\d+)>", lambda part: "".join(rng.choices(_SETS[part[1]], k=int(part[2]))), form)


def password(rng: Random) -> str:
    """A password as people or machines make them; letters and digits, mostly with a sign."""
    word = rng.choice(("Summer", "dragon", "Zx", "hunter", "Tr0ub", "corre", "blue", "Winter", "qpwo", "Kite", "maple",
                       "oslo"))
    return rng.choice((
        "".join(rng.choices(_SETS["a"], k=rng.randint(12, 32))) + "7q",
        f"{word}{rng.randint(10, 9999)}{rng.choice('!#$%&*?_-')}x",
        f"{word}_{rng.randint(100, 999)}{rng.choice(('Abc', 'xyZ', 'q', 'Rt'))}", "".join(rng.choices(_SETS["h"],
                                                                                                      k=32)),
    ))


def _stand_in(rng: Random, form: str) -> str:
    """What documents write in a credential's place."""
    head = re.split(r"<", form)[0]
    return rng.choice((
        re.sub(r"<\w:(\d+)>", lambda part: "x" * int(part[1]), form), head + "...", f"<{head}your-token>",
        head + "YOUR_KEY_HERE", head + "*" * 12,
        re.sub(r"<\w:(\d+)>", lambda part: "0" * int(part[1]), form), head + "${TOKEN}", head + "example",
    ))


def _harmless(rng: Random) -> str:
    """Identifiers, hashes and references that stand where secrets do, too."""
    hexes = lambda size: "".join(rng.choices(_SETS["h"], k=size))  # noqa: E731
    uuid = "-".join((hexes(8), hexes(4), hexes(4), hexes(4), hexes(12)))
    text = base64.b64encode(b"the quick brown fox jumps over the lazy dog, twice").decode()
    return rng.choice((
        f"commit {hexes(40)}", f"sha256:{hexes(64)}", f"md5 {hexes(32)}", f"id: {uuid}", f"ETag: \"{hexes(32)}\"",
        f"trace_id={hexes(32)}",
        f"password: {rng.choice(('required', 'changeme', '<password>', '********', 'string', 'your_password'))}",
        f"password = {rng.choice(_REFERENCES)}", f"api_key: {rng.choice(_REFERENCES)}",
        f"token: {rng.randint(1000, 9_999_999)}", f"max_tokens={rng.randint(100, 99_999)}", f"data: {text}",
        f"blob {uuid}.{hexes(8)}",
        "postgres://user:password@localhost/db", "https://user:<token>@host/x", "redis://:${PW1}@cache",
        f"https://cdn.example.com/a/{hexes(20)}.js",
        f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB{''.join(rng.choices(_SETS['B'], k=120))} me@host",
        f"integrity=sha384-{''.join(rng.choices(_SETS['B'], k=64))}",
        "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\nMIIB", f"build-{hexes(7)}",
        f"user_{rng.randint(1, 10**9)}", f"order {uuid.upper()}",
        "the password is required", "My password is not working", "the token was refreshed", "a secret is a secret",
        "Bearer authentication",
        f"class Abc{rng.randint(1, 99)}Factory(KeyProvider):",
        f"key={rng.choice(('Enter', 'ArrowDown', 'F12', 'primary_2'))}", f"session {hexes(24)}",
        f"i18n.key.{rng.choice(('login', 'errors'))}.title2", f"docker.io/app@sha256:{hexes(64)}", f"0x{hexes(40)}",
        f"{rng.randint(10**15, 10**16)}",
    ))


def frozen(seed: int = 1, each: int = 8) -> list[tuple[str, str, int]]:
    """Text, entity ("" for none) and where the credential begins."""
    rng, out = Random(seed), []
    for row in FORMATS.split("\n"):
        entity, *forms = row.split() or [""]
        for number in range(each if forms else 0):
            form = forms[number % len(forms)]
            place = rng.choice(_PLACES)
            value = drawn(rng, form)
            filled = place.replace("{{", "{").replace("}}", "}")
            out.append((filled.replace("{}", value), entity, filled.index("{}")))
            place = rng.choice(_PLACES).replace("{{", "{").replace("}}", "}")
            out.append((place.replace("{}", _stand_in(rng, form)), "", 0))
    for _ in range(20 * each):
        for places, entity in ((_PASSWORDS, "PASSWORD"), (_LINKS, "URL_PASSWORD")):
            place = rng.choice(places)
            out.append((place.replace("{}", password(rng)), entity, place.index("{}")))
        out += [(_harmless(rng), "", 0), (_harmless(rng), "", 0), (_harmless(rng), "", 0)]
        place, value = rng.choice(_NEAR), drawn(rng, rng.choice(("<a:24>9aZ", "<B:38>7b", "<h:40>", "<b:43>1Kd")))
        out.append((place.replace("{}", value), "PASSWORD", place.index("{}")))
        key = "-----BEGIN " + rng.choice(("RSA ", "EC ", "OPENSSH ", "")) + "PRIVATE KEY-----\n" + drawn(rng,
                                                                                                         "<B:64>\n<B:64>\n<B:40>==")
        out.append((f"cat id_rsa\n{key}\n", "PRIVATE_KEY", 11))
    return out


def plan_with_secrets(threshold: float = 0.5) -> Plan:
    rule = Rule("secrets", "secrets", action=FLAG, threshold=threshold)
    return Plan.compile([Policy("bench", rules=(rule,))], "bench", guards())


def found_in(plan: Plan, text: str) -> list[tuple[int, int, str]]:
    channel = (Channel("user", (Segment("/t", "user", text),)),)
    return [(each.start, each.end, each.entity) for each in Exchange(plan,
                                                                     Context("bench")).judge_input(channel).findings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=8, help="credentials of each issuer")
    parser.add_argument("--harmless", type=Path, nargs="*", default=[],
                        help="text files whose paragraphs hold no secret")
    parser.add_argument("--misses", type=int, default=20)
    options = parser.parse_args()
    plan, rows, begun = plan_with_secrets(), frozen(options.seed, options.each), time.thread_time()
    count, shown = Counter[str](), 0
    for text, entity, start in rows:
        found = found_in(plan, text)
        hit = any(begin <= start + 80 and start < end for begin, end, _ in found) if entity else False
        count["hit" if hit else "lost" if entity else "quiet" if not found else "wrong"] += 1
        if (bool(entity) != bool(found)) and shown < options.misses:
            shown += 1
            print(f"   {entity or 'harmless'}: {text[:110]!r} {found}")
    spent = (time.thread_time() - begun) / len(rows) * 1e6
    recall = count["hit"] / (count["hit"] + count["lost"])
    precision = count["hit"] / (count["hit"] + count["wrong"])
    print(f"{len(rows)} texts, {len(plan.input.scanner.patterns)} patterns, {spent:.0f} µs: recall {recall:.4f} "
          f"({count['hit']} of {count['hit'] + count['lost']}), precision {precision:.4f} ({count['wrong']} wrong)")
    for path in options.harmless:
        parts = [each for each in re.split(r"\n\s*\n|\n", path.read_text(errors="ignore")) if each.strip()]
        wrong = [each for each in parts if found_in(plan, each)]
        rate = 1000 * len(wrong) / max(1, len(parts))
        print(f"{path.name}: {len(parts)} texts, {len(wrong)} with findings, {rate:.2f} in 1,000")
        for each in wrong[: options.misses]:
            print("  ", [each[start:end][:60] for start, end, _ in found_in(plan, each)], repr(each[:80]))


if __name__ == "__main__":
    main()
