use crate::conformance::scene::cut;
use crate::conformance::{Claim, Refusal, Scene, Unheld};

/// What the user is shown is what the client sent.
pub const BINDING_MESSAGE_SHOWN: Claim =
    Claim::Holds("the binding message at the authentication service as it was sent", shown);

/// As [`BINDING_MESSAGE_SHOWN`], or the server does not take the message and says so.
pub const BINDING_MESSAGE_SHOWN_OR_REFUSED: Claim = Claim::Holds(
    "400 invalid_binding_message or invalid_request, or the binding message at the authentication service as it was sent",
    |scene: &Scene| match scene.flow()?.acknowledged {
        Some(_) => shown(scene),
        None => scene.refused(&[Refusal(400, "invalid_binding_message"), Refusal(400, "invalid_request")]),
    },
);

/// Whatever named the user, it is the one of the first flow.
pub const SAME_USER_ASKED: Claim =
    Claim::Holds("the user of the first flow is asked again", |scene: &Scene| {
        prompts_are_seen(scene)?;
        let first = scene.flows.first().and_then(|flow| flow.login.as_ref());
        match (first, &scene.flow()?.login) {
            (Some(first), Some(login)) if first.start.user == login.start.user => Ok(()),
            (Some(_), Some(login)) => Err(format!("{:?} is asked", cut(&login.start.user)).into()),
            (None, _) | (_, None) => Err(Unheld::Unclear("nobody was asked".to_owned())),
        }
    });

/// Since the current flow's request was sent nobody was asked on its behalf.
pub const NOBODY_ASKED: Claim =
    Claim::Holds("the authentication service is not told to ask the user", |scene: &Scene| {
        prompts_are_seen(scene)?;
        match scene.prompts_of(scene.flow()?).len() {
            0 => Ok(()),
            count => Err(format!("it was told so, {count} times in all").into()),
        }
    });

/// Whom the server asks is seen only where it tells our authentication service.
fn prompts_are_seen(scene: &Scene) -> Result<(), Unheld> {
    match &scene.surface.decisions {
        Some(decisions) if !decisions.sees_prompts() => Err(Unheld::DoesNotApply(
            "whom the server asks cannot be seen: it is told of decisions by an approval URL".to_owned(),
        )),
        Some(_) | None => Ok(()),
    }
}

fn shown(scene: &Scene) -> Result<(), Unheld> {
    prompts_are_seen(scene)?;
    let flow = scene.flow()?;
    let Some(login) = &flow.login else {
        return Err(Unheld::Unclear("nobody was asked".to_owned()));
    };
    match (&login.start.binding_message, &flow.binding_message) {
        (arrived, sent) if arrived == sent => Ok(()),
        (Some(arrived), Some(sent)) => Err(format!(
            "{:?}, {} characters where {} were sent",
            cut(arrived),
            arrived.chars().count(),
            sent.chars().count()
        )
        .into()),
        (None, Some(_)) => Err("no message".into()),
        (_, None) => Err(Unheld::Unclear("no message was sent".to_owned())),
    }
}
