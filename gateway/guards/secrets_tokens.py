"""The shapes of credentials that announce their issuer: one row a kind, from the issuers' own documentation.

An entity is what the credential opens; two shapes of one issuer share it.
"""

from __future__ import annotations

from gateway.core.pattern import Pattern, pattern

_SHAPES: tuple[tuple[str, str], ...] = (
    ("AWS_ACCESS_KEY", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ("AWS_BEDROCK_KEY", r"ABSK[A-Za-z0-9+/]{100,200}={0,2}"),
    ("GITHUB_TOKEN", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("GITHUB_TOKEN", r"github_pat_[A-Za-z0-9_]{82}"),
    ("GITLAB_TOKEN", r"gl(?:pat|dt|ft|soat|rt|cbt|ptt|imt|agent)-[A-Za-z0-9_-]{20,64}"),
    ("SLACK_TOKEN", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("SLACK_TOKEN", r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-f0-9]{32,80}"),
    ("SLACK_WEBHOOK", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,90}"),
    ("OPENAI_KEY", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200}"),
    ("OPENAI_KEY", r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    ("ANTHROPIC_KEY", r"sk-ant-(?:api|admin|oat)\d{2}-[A-Za-z0-9_-]{60,130}"),
    ("OPENROUTER_KEY", r"sk-or-v1-[a-f0-9]{64}"),
    ("API_KEY", r"sk-[A-Za-z0-9]{32,64}"),
    ("GROQ_KEY", r"gsk_[A-Za-z0-9]{52}"),
    ("XAI_KEY", r"xai-[A-Za-z0-9]{70,90}"),
    ("PERPLEXITY_KEY", r"pplx-[A-Za-z0-9]{48,56}"),
    ("HUGGINGFACE_TOKEN", r"(?:hf|api_org)_[A-Za-z0-9]{34,40}"),
    ("REPLICATE_TOKEN", r"r8_[A-Za-z0-9]{37,40}"),
    ("GOOGLE_API_KEY", r"AIza[A-Za-z0-9_-]{35}"),
    ("GOOGLE_OAUTH_SECRET", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("GOOGLE_OAUTH_TOKEN", r"ya29\.[A-Za-z0-9_-]{30,250}"),
    ("AZURE_STORAGE_KEY", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    ("AZURE_CLIENT_SECRET", r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("AZURE_SAS_SIGNATURE", r"sig=[A-Za-z0-9%]{43,90}%3[Dd]"),
    ("STRIPE_KEY", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}"),
    ("STRIPE_WEBHOOK_SECRET", r"whsec_[A-Za-z0-9+/]{32,64}={0,2}"),
    ("SQUARE_TOKEN", r"(?:sq0[a-z]{3}-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})"),
    ("BRAINTREE_TOKEN", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    ("SHOPIFY_TOKEN", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("TWILIO_KEY", r"SK[a-f0-9]{32}"),
    ("SENDGRID_KEY", r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("MAILGUN_KEY", r"key-[a-f0-9]{32}"),
    ("MAILCHIMP_KEY", r"[a-f0-9]{32}-us\d{1,2}"),
    ("BREVO_KEY", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("POSTMAN_KEY", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("NPM_TOKEN", r"npm_[A-Za-z0-9]{36}"),
    ("PYPI_TOKEN", r"pypi-AgE[A-Za-z0-9_-]{50,250}"),
    ("RUBYGEMS_KEY", r"rubygems_[a-f0-9]{48}"),
    ("CRATES_TOKEN", r"cio[A-Za-z0-9]{32}"),
    ("DOCKER_TOKEN", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,60}"),
    ("DIGITALOCEAN_TOKEN", r"do[oprt]_v1_[a-f0-9]{64}"),
    ("HEROKU_KEY", r"HRKU-[A-Za-z0-9_-]{36,64}"),
    ("FLY_TOKEN", r"fo1_[A-Za-z0-9_-]{43}"),
    ("VERCEL_TOKEN", r"vc[apikr]_[A-Za-z0-9]{24,60}"),
    ("NETLIFY_TOKEN", r"nf[pcoub]_[A-Za-z0-9]{36}"),
    ("CLOUDFLARE_KEY", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{140,150}"),
    ("HASHICORP_TOKEN", r"(?:hvs|hvb|hvr)\.[A-Za-z0-9_-]{24,250}"),
    ("TERRAFORM_TOKEN", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}"),
    ("PULUMI_TOKEN", r"pul-[a-f0-9]{40}"),
    ("DATABRICKS_TOKEN", r"dapi[a-f0-9]{32}(?:-\d)?"),
    ("SNYK_TOKEN", r"snyk_(?:uat|sat)\.[a-z0-9]{8}\.[A-Za-z0-9._-]{20,250}"),
    ("SONAR_TOKEN", r"sq[apu]_[a-f0-9]{40}"),
    ("NEWRELIC_KEY", r"NR(?:AK|RA|II|JS)-[A-Za-z0-9]{19,42}"),
    ("GRAFANA_TOKEN", r"(?:glc_[A-Za-z0-9+/]{32,250}={0,2}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8})"),
    ("SENTRY_TOKEN", r"sntry[su]_[A-Za-z0-9+/=_-]{60,250}"),
    ("LINEAR_KEY", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    ("NOTION_TOKEN", r"(?:ntn_[A-Za-z0-9]{43,50}|secret_[A-Za-z0-9]{43})"),
    ("FIGMA_TOKEN", r"fig[dou]_[A-Za-z0-9_-]{40,60}"),
    ("AIRTABLE_TOKEN", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("ATLASSIAN_TOKEN", r"ATATT3[A-Za-z0-9_=-]{100,250}"),
    ("DISCORD_WEBHOOK", r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,80}"),
    ("DISCORD_TOKEN", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}"),
    ("TELEGRAM_TOKEN", r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    ("FACEBOOK_TOKEN", r"EAA[A-Z][A-Za-z0-9]{80,250}"),
    ("DOPPLER_TOKEN", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,80}"),
    ("SUPABASE_KEY", r"sb(?:p_[a-f0-9]{40}|_secret_[A-Za-z0-9_-]{31,48})"),
    ("PLANETSCALE_TOKEN", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9._-]{32,64}"),
    ("AGE_KEY", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
)

TOKENS: tuple[tuple[str, Pattern], ...] = tuple((entity, pattern(rf"\b{shape}")) for entity, shape in _SHAPES)
"""In the order in which they claim a place."""

ENTITIES: tuple[str, ...] = tuple(dict.fromkeys(entity for entity, _ in _SHAPES))
