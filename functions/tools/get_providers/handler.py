"""Lambda behind the `get_providers` tool."""

from frontdesk.scheduling import providers
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.get_providers.tool import TOOL, Arguments, ProviderLine, Providers


@serve(TOOL)
def handler(call: Call[Arguments]) -> Providers:
    """Everybody who sees patients, or those of one specialty."""
    found = providers.of_specialty(providers.of_clinic(call), call.args.specialty)
    names = providers.listing([provider.called_in(call.language) for provider in found], call.language)
    return Providers(
        found=bool(found),
        providers=[
            ProviderLine(
                provider_id=str(provider.id),
                name=provider.called_in(call.language),
                specialty=provider.specialty,
                languages=list(provider.languages),
            )
            for provider in found
        ],
        say=sentences.PROVIDERS.say(call.language, names=names)
        if found
        else sentences.NO_PROVIDERS.say(call.language),
    )
