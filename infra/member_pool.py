"""Who may sign up and sign in: the Cognito user pool, its app client and the functions that it calls."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from constructs import Construct

from frontdesk.console.sign_in import CALLBACK
from frontdesk.trigger import UserPool
from infra.api import Api
from infra.database import Database
from infra.function import Shared, lambda_function
from infra.migration import Migration

TIMEOUT_S: Final = 5
"""As long as Cognito waits."""
DEADLINE_S: Final = 3
AT_ONCE: Final = 10
_OPERATIONS: Final = {
    "PostConfirmation": (cognito.UserPoolOperation.POST_CONFIRMATION, cognito.LambdaVersion.V1_0),
    # Version 2 writes the access token too, and objects into claims.
    "PreTokenGeneration": (
        cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG,
        cognito.LambdaVersion.V2_0,
    ),
}


class MemberPool(Construct):
    """The pool. People sign in by a proven e-mail address; a second factor is theirs to choose."""

    def __init__(
        self,
        scope: Construct,
        triggers: Mapping[str, UserPool],
        shared: Shared,
        database: Database,
        migration: Migration,
        api: Api,
    ) -> None:
        super().__init__(scope, "MemberPool")
        stage = shared.stage
        self._pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=f"frontdesk-{stage.name}",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            # A new address counts when it is proven, not before.
            keep_original=cognito.KeepOriginalAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            custom_attributes={
                "clinic_name": cognito.StringAttribute(mutable=True, max_len=200),
                # Made by an invitation. No app client may write it.
                "invited": cognito.StringAttribute(mutable=True, max_len=5),
            },
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(14),  # as long as an invitation stands
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            # Guessed and leaked passwords are refused; the plan is what that, and version 2 above, take.
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        for folder, trigger in triggers.items():
            function = _function(self, folder, shared, database)
            function.node.add_dependency(migration.trigger)
            operation, version = _OPERATIONS[trigger.moment]
            self._pool.add_trigger(operation, function, version)  # pyright: ignore[reportArgumentType] - jsii renames arguments
        self._client = cognito.UserPoolClient(
            self,
            "Client",
            user_pool=self._pool,
            generate_secret=False,  # it runs in browsers
            # By password for operators alone, signed by AWS credentials: a clinic's first day (README).
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            # The console's sign-in: a code, proven by PKCE.
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=[f"{api.url}{CALLBACK}"],
                logout_urls=[f"{api.url}/console"],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(30),
            write_attributes=cognito.ClientAttributes()
            .with_standard_attributes(email=True, fullname=True)
            .with_custom_attributes("clinic_name"),
        )
        domain = self._pool.add_domain(
            "Domain",
            # One of all accounts' in the region.
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"frontdesk-{stage.name}-{Aws.ACCOUNT_ID}"
            ),
        )
        self.sign_in_url: str = domain.base_url()
        """Where the pool's pages for signing in are, without a slash at its end."""
        address = self._pool.user_pool_provider_url
        own = {
            "issuer": address,
            "audience": [self.client_id],
            "jwks_url": f"{address}/.well-known/jwks.json",
        }
        others = [one.model_dump(mode="json", exclude_none=True) for one in stage.issuers]
        self.issuers: str = json.dumps([own, *others])
        """`FRONTDESK_ISSUERS`: this pool, and what else the stage believes."""
        self.authorizer = (
            None if stage.issuers else HttpJwtAuthorizer("Members", address, jwt_audience=[self.client_id])
        )
        """Refuses at the door what a function would. It knows one issuer: None where more are believed."""

    @property
    def pool_id(self) -> str:
        """The pool's id."""
        return self._pool.user_pool_id

    @property
    def client_id(self) -> str:
        """The app client's id, which its tokens are meant for."""
        return self._client.user_pool_client_id

    def let_invite(self, function: lambda_.Function) -> None:
        """Lets a function make users, who are mailed, and tells it where."""
        self._pool.grant(function, "cognito-idp:AdminCreateUser")
        function.add_environment("FRONTDESK_USER_POOL_ID", self.pool_id)


def _function(scope: Construct, folder: str, shared: Shared, database: Database) -> lambda_.Function:
    """The Lambda of a folder such as `members/post_confirmation`."""
    function = lambda_function(
        Construct(scope, folder.split("/")[-1]),
        folder,
        shared,
        place=shared.network.inside,
        timeout_s=TIMEOUT_S,
        at_once=AT_ONCE,
        environment={"FRONTDESK_DEADLINE_S": str(DEADLINE_S)},
    )
    database.admit(function)
    return function
