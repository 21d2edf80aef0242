"""What else a model may be given: parameters that servers document, and settings of a client that mean nothing here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from scenario.errors import ConfigurationError
from scenario.warning import warn_once

# Settings of a call, of whatever server; `scenario.llm.call_settings` says what each does.
_OF_THE_CALL: Final = (
    "api_base api_key base_url client extra_body extra_headers extra_query headers max_retries max_tokens model "
    "num_retries temperature timeout"
)

# Parameters of requests for a chat's answer, as the servers' own documentation lists them. A parameter of several
# stands with the first of them.
_OF_SERVERS: Final[Mapping[str, str]] = {
    "OpenAI": (
        "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens messages metadata "
        "modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention "
        "reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options "
        "tool_choice tools top_logprobs top_p user verbosity web_search_options"
    ),
    "Azure OpenAI": ("data_sources user_security_context"),
    "Anthropic": (
        "cache_control container context_management inference_geo mcp_servers output_config output_format "
        "stop_sequences system thinking top_k"
    ),
    "Ollama, whose options may also stand beside the others": (
        "format images keep_alive num_ctx num_gpu num_keep num_predict num_thread options raw repeat_last_n "
        "repeat_penalty suffix template think min_p mirostat mirostat_eta mirostat_tau tfs_z typical_p"
    ),
    "vLLM and SGLang": (
        "add_generation_prompt add_special_tokens allowed_token_ids bad_words best_of cache_salt chat_template "
        "chat_template_kwargs continue_final_message documents ebnf echo guided_choice guided_decoding_backend "
        "guided_grammar guided_json guided_regex guided_whitespace_pattern ignore_eos include_reasoning "
        "include_stop_str_in_output json_schema kv_transfer_params length_penalty logits_processors lora_path "
        "min_tokens mm_processor_kwargs no_stop_trim priority prompt_logprobs regex repetition_penalty request_id "
        "return_hidden_states return_token_ids return_tokens_as_token_ids separate_reasoning skip_special_tokens "
        "spaces_between_special_tokens stop_token_ids stream_reasoning structural_tag structured_outputs "
        "truncate_prompt_tokens use_beam_search vllm_xargs"
    ),
    "llama.cpp, LM Studio, text-generation-inference": (
        "cache_prompt draft_model dry_allowed_length dry_base dry_multiplier dry_penalty_last_n dry_sequence_breakers "
        "dynatemp_exponent dynatemp_range grammar id_slot lora n_indent n_keep n_predict n_probs parse_tool_calls "
        "post_sampling_probs reasoning_format response_fields return_progress return_tokens samplers t_max_predict_ms "
        "thinking_forced_open timings_per_token ttl xtc_probability xtc_threshold adapter_id tool_prompt"
    ),
    "OpenRouter": ("models plugins prompt provider reasoning route session_id top_a transforms usage"),
    "Mistral, Groq, Together, Fireworks, DeepSeek, xAI, Perplexity": (
        "citation_options compound_custom deferred disable_tool_validation exclude_domains guardrails include_domains "
        "prompt_mode random_seed safe_prompt safety_model search_settings compliance context_length_exceeded_behavior "
        "mirostat_lr mirostat_target perf_metrics_in_response prompt_truncate_len raw_output reasoning_history "
        "speculation search_parameters disable_search enable_search_classifier media_response "
        "return_images return_related_questions search_after_date_filter search_before_date_filter "
        "search_domain_filter search_language_filter search_mode search_recency_filter"
    ),
    "Gemini, DashScope, Bedrock": (
        "cached_content generation_config google safety_settings thinking_config enable_search enable_thinking "
        "incremental_output result_format search_options thinking_budget additionalModelRequestFields guardrailConfig "
        "inferenceConfig performanceConfig"
    ),
}

# Settings of the client library that code for this API used to call models through. No server takes them.
_OF_A_CLIENT: Final = (
    "additional_drop_params allowed_openai_params api_type api_version azure_ad_token "
    "azure_ad_token_provider azure_scope base_model cache caching caching_groups "
    "context_window_fallback_dict cooldown_time custom_llm_provider custom_prompt_dict deployment_id "
    "drop_params fallbacks final_prompt_value force_timeout hf_model_name initial_prompt_value "
    "input_cost_per_second input_cost_per_token logger_fn max_budget mock_response mock_timeout "
    "mock_tool_calls model_info model_list output_cost_per_second output_cost_per_token preset_cache_key "
    "proxy_server_request region_name retry_policy retry_strategy roles rpm shared_session ssl_verify "
    "stream_timeout supports_system_message tpm use_litellm_proxy verbose"
)
CLIENT_SETTINGS: Final = frozenset(_OF_A_CLIENT.split())
_KNOWN: Final = frozenset(" ".join((_OF_THE_CALL, *_OF_SERVERS.values())).split())


def tell_of_parameters(owner: str, given: Mapping[str, Any], own: Collection[str]) -> None:
    """Refuse what is nearly a setting of the owner's; warn of what else means nothing, once for each name and owner.

    What no server is known to take is sent all the same, as there are more servers than documentation; what is in
    `extra_body` is never asked about.

    Args:
        owner: what was given them, as users write it.
        given: by name.
        own: the owner's own names, of which one may be meant.

    Raises:
        ConfigurationError: a name is nearly one of the owner's, and no server is known to take it.
        ScenarioWarning: a filter of warnings makes an error of it.
    """
    for name in given:
        if name not in _KNOWN and name not in CLIENT_SETTINGS and (meant := _own_name(name, own)):
            raise ConfigurationError(
                f"{owner}({name}=…): there is no such setting. Did you mean {meant!r}? Where your model's server takes "
                f"{name!r}, say extra_body={{{name!r}: …}}."
            )
    asked = [name for name, value in given.items() if value is not None]
    for name in (name for name in asked if name in CLIENT_SETTINGS):
        warn_once(
            f"{owner}({name}=…) has no effect here: it is a setting of litellm, which this package does not use. "
            f"Leave it out{_REMEDIES.get(name, '')}.",
            (owner, name),
        )
    for name in (name for name in asked if name not in _KNOWN and name not in CLIENT_SETTINGS):
        warn_once(
            f"{owner}({name}=…): no model server is known to take this, and it is sent as it is. "
            f"{_meant(name, own)}If yours does, say extra_body={{{name!r}: …}}; else leave it out.",
            (owner, name),
        )


_REMEDIES: Final = {
    "api_version": ": a server that wants it in the URL gets it by extra_query={'api-version': '…'}",
    "azure_ad_token": ": a token goes into extra_headers={'Authorization': 'Bearer …'}",
    "custom_llm_provider": ": the provider stands before the model's name, 'provider/model'",
    "mock_response": ": a model without a model is scenario.testing.ModelServer",
    "stream_timeout": ": timeout= is for the whole call",
}


def _own_name(name: str, own: Iterable[str]) -> str:
    """The owner's setting that is meant: one that is spelt nearly so, or whose last word it is."""
    from difflib import get_close_matches  # only who misspells needs it

    mine = [one for one in own if not one.startswith("_")]
    if near := get_close_matches(name.lower(), mine, n=1, cutoff=0.8):
        return near[0]
    ends = [one for one in mine if one.endswith(f"_{name.lower()}")]
    return ends[0] if len(ends) == 1 else ""


def _meant(name: str, own: Iterable[str]) -> str:
    from difflib import get_close_matches  # only who misspells needs it

    near = get_close_matches(name, [*own, *sorted(_KNOWN)], n=1, cutoff=0.75)
    return f"Did you mean {near[0]!r}? " if near else ""
