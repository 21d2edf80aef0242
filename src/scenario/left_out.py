"""What the established package of this API has and this one does not, and why: said where somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType
from typing import Final

_SEE: Final = "docs/migrating.md in the repository tells what to do"
_REASONS: Final[Mapping[str, str]] = {
    "red teaming is not part of this version": (
        "AttackTechnique AttackerOutput CrescendoStrategy DEFAULT_GOAT_TECHNIQUES DEFAULT_TECHNIQUES GoatStrategy "
        "RedTeamAgent RedTeamStrategy Technique aggregate_fixes current_batch_dir load_or_generate_fixes "
        "save_redteam_report set_batch_dir"
    ),
    "tracing is not part of this version": (
        "TraceView realtime_langwatch_session scenario_only setup_scenario_tracing with_custom_scopes"
    ),
    "the vendor's platform and its evaluators are not part of this package": (
        "EvaluationResult EvaluatorMapping LangWatchSettings ScenarioEvaluator StateMapping conversation evaluator "
        "evaluators field scenario_source trace value"
    ),
    "voice is not part of this package": (
        "AdapterCapabilities AgentStreamEndedError AudioChunk AudioSegment ComposableVoiceAgent "
        "ElevenLabsAgentAdapter ElevenLabsSTTProvider ElevenLabsVoiceAgent FirstChunkTimeoutError "
        "GeminiLiveAgentAdapter InterruptionConfig LatencyMetrics LiveKitAgentAdapter ModalityNegotiationError "
        "OpenAIRealtimeAgentAdapter OpenAISTTProvider PipecatAgentAdapter PipecatRecvError STTProvider "
        "TunnelNotReadyError TwilioAgentAdapter UnsupportedCapabilityError VapiAgentAdapter VoiceAgentAdapter "
        "VoiceEvent VoiceRecording WebRTCAgentAdapter WebSocketAgentAdapter WebSocketProtocol audio dtmf effects "
        "interrupt register_tts_provider set_stt_provider silence voice"
    ),
}


def missing(package: str, name: str, asking: FrameType) -> AttributeError | ImportError:
    """The error for a name that a package has not got.

    `from package import name` replaces an AttributeError by one that says nothing of the reason, so that it gets an
    ImportError; whoever asks for the attribute gets an AttributeError, as `hasattr` demands.

    Args:
        package: its name.
        name: what was asked for.
        asking: the frame that asks.
    """
    reason = next((reason for reason, names in _REASONS.items() if name in names.split()), None)
    if reason is None:  # Python adds what may have been meant, unless it is told the name
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    # The part of Python's import that looks whether a package has what is to be imported from it.
    if asking.f_code.co_name == "_handle_fromlist":
        return ImportError(f"cannot import name {name!r} from {package!r}: {reason}; {_SEE}", name=package)
    return AttributeError(f"module {package!r} has no attribute {name!r}: {reason}; {_SEE}")
