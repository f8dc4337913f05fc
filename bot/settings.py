"""Everything that can be set, in one typed object. Read from the environment (CASTMATE_...) and command-line
options.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.secret_places import elsewhere
from products.errors import SetupError


def _home(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback) / "castmate"


class Settings(BaseSettings):
    """Defaults work with no account and no key. Each field's description stands in docs/settings.md (a test
    checks).
    """

    model_config = SettingsConfigDict(env_prefix="CASTMATE_", extra="ignore")

    data: Path = Field(
        default_factory=lambda: _home("XDG_DATA_HOME", ".local/share"),
        description="Where shows, recordings, ledgers and the database are kept.",
    )
    keys: Path | None = Field(
        default=None,
        description="Folder of the keys that seal personal data; default: keys in the data folder.",
    )
    cache: Path = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache"),
        description="What can be made again: base reels, rendered speech.",
    )
    database: str | None = Field(
        default=None, description="Database address; default: a SQLite file in the data folder."
    )
    host: str = Field(
        default="127.0.0.1",
        description="What people call the console: this machine's own address, or a name, then by HTTPS.",
    )
    proxies: str = Field(
        default="127.0.0.1,::1",
        description="Networks of the proxies that `serve --behind-proxy` believes, by commas.",
    )
    port: int = Field(default=8484, ge=1, le=65535, description="Port of the console and the live room.")
    voice_threads: int = Field(default=1, ge=1, le=16, description="Processor threads of the embedded voice.")
    painter: str = Field(
        default="",
        description="Sockets, by commas, of painters that live shows' clones share (castmate clone painter); "
        "empty: each show paints its own.",
    )
    video_kbps: int = Field(default=2500, ge=300, le=20000, description="Bitrate of the picture, kb/s.")
    video_encoder: Literal["libx264", "h264_nvenc"] = Field(
        default="libx264", description="Encoder of the picture; h264_nvenc needs an NVIDIA card that encodes."
    )
    hevc_encoder: Literal["libx265", "hevc_nvenc"] = Field(
        default="libx265", description="Encoder for channels whose address ends in #hevc."
    )
    llm_url: str | None = Field(
        default=None, description="Base address of an OpenAI-compatible server; empty: the template writer."
    )
    llm_model: str = Field(default="gpt-4o-mini", description="Model that the server is asked for.")
    llm_key: SecretStr = Field(default=SecretStr(""), description="Key of that server; never logged.")
    llm_timeout_s: float = Field(
        default=20.0, gt=0, description="Longest wait for the server's words, all tries together."
    )
    llm_answer_s: float = Field(
        default=6.0, gt=0, description="Longest wait for its answer to a viewer, who waits for it meanwhile."
    )
    llm_tokens_per_hour: int = Field(
        default=300_000, ge=0, description="Tokens that the server may be asked for in an hour; 0: no limit."
    )
    llm_money_per_hour: float = Field(
        default=0.0, ge=0, description="What its answers may cost in an hour, by its prices; 0: no limit."
    )
    llm_price_in: float = Field(default=0.0, ge=0, description="Its price for a million tokens read.")
    llm_price_out: float = Field(default=0.0, ge=0, description="Its price for a million tokens written.")
    speech_url: str | None = Field(
        default=None,
        description="Base address of an OpenAI-compatible speech server, for the voice engine server.",
    )
    speech_model: str = Field(default="tts-1", description="Model that the speech server is asked for.")
    speech_key: SecretStr = Field(default=SecretStr(""), description="Key of that server; never logged.")
    speech_timeout_s: float = Field(
        default=20.0, gt=0, le=60, description="Longest wait for one clause of speech from that server."
    )
    speech_format: Literal["wav", "pcm"] = Field(
        default="wav", description="What it is asked for: wav, or pcm (24 kHz, 16 bit)."
    )
    speech_times: Literal["embedded", "rhythm"] = Field(
        default="embedded",
        description="How its words get their times: by the embedded voice, closer; or by rhythm, at no cost.",
    )
    answers_wait: bool = Field(
        default=False,
        description="Answers to viewers air only after a person's word on the live desk; else once clear.",
    )
    find_by_meaning: bool = Field(
        default=False,
        description="Of products that fit a question alike, the nearest in meaning first: castmate[meaning].",
    )
    producer: str = Field(
        default="castmate",
        pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,64}$",
        description="Provider code in the AIGC metadata of every stream and file (GB 45438-2025 Appendix E).",
    )
    reserve_hours: float = Field(
        default=2.0,
        gt=0,
        le=168,
        description="Recording room reserved for a show without a planned end, in hours.",
    )
    audible_label: Literal["asked", "always"] = Field(
        default="asked",
        description="The rhythm .- .. at start and end: where rules ask and no label waives it, or always.",
    )
    c2pa_certificate: Path | None = Field(
        default=None,
        description="Certificate chain (PEM) for recordings; default: the shop's own, on no trust list.",
    )
    c2pa_key: Path | None = Field(default=None, description="Private key (PEM) of that certificate.")
    c2pa_timestamps: str | None = Field(
        default=None, description="RFC 3161 time-stamping authority for signed recordings; empty: none."
    )
    checkpoints: Path | None = Field(
        default=None,
        description="Where compliance staff keep the last checkpoint of each show, best a disk of another "
        "machine; empty: the folder compliance/checkpoints below data.",
    )
    licence_keys: Path | None = Field(
        default=None,
        description="Keys of performers' licences; default: beside the data folder, its name with -keys.",
    )
    ledger_timestamps: str | None = Field(
        default=None,
        description="RFC 3161 time-stamping authority for ledgers (castmate[timestamps]); empty: none.",
    )
    alarm_url: SecretStr = Field(
        default=SecretStr(""),
        description="Web address that `serve` tells what wants a person (JSON with `text`); empty: none.",
    )
    alarm_mail: SecretStr = Field(
        default=SecretStr(""),
        description="Mail server and people that `serve` writes to of the same: "
        "smtps://USER:PASSWORD@HOST?from=ADDRESS&to=ADDRESS,ADDRESS; empty: none.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token that lets another machine read /metrics; empty: this machine alone may.",
    )
    fleet_term_s: float = Field(
        default=10.0,
        ge=1,
        le=600,
        description="Term of a lease in a fleet, seconds: a dead node's shows go on elsewhere after it, and "
        "the database may be away for 0.8 of it. The same on all nodes.",
    )
    traces: str | None = Field(
        default=None,
        description="Base address of an OpenTelemetry collector (OTLP by HTTP) that is told what becomes of "
        "each question (castmate[traces]); empty: none.",
    )
    log: Literal["text", "json"] = Field(
        default="text",
        description="Logs as words for people, or as lines of JSON with the ids of show, channel and node.",
    )
    link_token: SecretStr = Field(
        default=SecretStr(""),
        description="Secret between a show and its console; `serve` and `demo` make their own.",
    )

    store: str | None = Field(
        default=None,
        description="Where recordings, ledgers and sealed clones are kept besides: a folder, or "
        "s3://BUCKET/PREFIX (castmate[s3]); empty: in the data folder alone.",
    )
    store_endpoint: str | None = Field(
        default=None, description="Address of an S3 service that is not Amazon's, e.g. https://s3.example."
    )
    store_region: str = Field(default="us-east-1", description="Region of the bucket.")
    store_key_id: SecretStr = Field(
        default=SecretStr(""), description="Id of the bucket's key; empty: the machine's own role."
    )
    store_key: SecretStr = Field(default=SecretStr(""), description="The bucket's secret key; never logged.")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'castmate.db'}"

    @property
    def licence_key_folder(self) -> Path:
        """Keys of performers' licences; default: beside the data folder, its name with -keys."""
        return self.licence_keys or self.data.with_name(self.data.name + "-keys")

    @property
    def painters(self) -> tuple[Path, ...]:
        """Sockets of the painters that live shows' clones share."""
        return tuple(Path(one.strip()) for one in self.painter.split(",") if one.strip())

    @property
    def office(self) -> Path:
        """The compliance office's papers, keys and own packs."""
        return self.data / "compliance"

    @property
    def handed_over(self) -> Path:
        """Last checkpoints of shows, in the hands of compliance staff."""
        return self.checkpoints or self.office / "checkpoints"

    @property
    def person_keys(self) -> Path:
        """The keys of what is sealed in ledgers about persons."""
        return (self.keys or self.data / "keys") / "persons.db"

    @property
    def faces(self) -> Path:
        """Co-hosts' enrolled faces, sealed."""
        return self.data / "faces"

    @property
    def show_folder(self) -> Path:
        return self.data / "shows"


SECRETS = (
    "database",  # its address holds a password
    *(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr),
)


def read_settings(**changed: object) -> Settings:
    """The settings of the environment, secrets also from files and the keyring, with `changed` over them.
    Raises SetupError naming each variable that is wrong.
    """
    try:
        return Settings(**{**elsewhere(os.environ, SECRETS), **changed})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [
            f"CASTMATE_{str(e['loc'][0]).upper()} is {e.get('input')!r}: {e['msg'].lower()}"
            for e in error.errors()
        ]
        raise SetupError(
            "; ".join(wrong) + ".",
            remedy="Correct it, or leave it out: every setting has a default (docs/settings.md).",
        ) from None
