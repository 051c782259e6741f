//! What operators take back in the studio. It is also a public POST address below `/studio`, so it asks first who acts,
//! and that they showed lately who they are.

use identity::directory::{UndoAsked, Which};
use identity::undo::Terms;
use identity::{Directory, Made, RunId, StoreError, UserId};
use leptos::prelude::*;

use crate::AppError;

/// The most people that are taken back within one request.
const MOST: usize = 500;

/// What an address says where somebody else takes the run back.
pub(crate) const UNDER_WAY: &str = "under-way=1";

/// Takes a run back, as an undo of whoever asks. Answers 303 to the undo's own page.
#[server(prefix = "/studio", endpoint = "undo")]
pub async fn undo_run(run: String, hold: Option<String>) -> Result<(), AppError> {
    use identity::directory::RunUndone;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    crate::require_operator().await?;
    let refuse = |error: StoreError| visit.refuse(&error.into());
    let id = run.parse().ok().map(RunId);
    let found = match id {
        Some(id) => ports.directory.run(id).await.map_err(refuse)?,
        None => None,
    };
    let Some(about) = found else { return Err(visit.refuse(&identity::Code::NotFound.into())) };
    let back = format!("{}/{}/undo", crate::STUDIO_RUNS, about.id);
    let Some(operator) = crate::operator_or_step_up(&back).await? else { return Ok(()) };
    let Some(people) = people(&ports.directory, about.id).await.map_err(refuse)? else {
        // The page says how it is done.
        visit.see_other(&back);
        return Ok(());
    };
    let asked = asked(about.id, hold.is_some());
    let by = operator.operator(&*visit, None);
    // A form that is posted twice, or by two at once, does it once.
    let to = match ports.directory.undo_run(&about, &people, &asked, &by).await.map_err(refuse)? {
        RunUndone::Done(undo) => format!("{}/{}", crate::STUDIO_RUNS, undo.id),
        RunUndone::AsItWas => format!("{}/{}", crate::STUDIO_RUNS, about.id),
        RunUndone::UnderWay => format!("{back}?{UNDER_WAY}"),
    };
    visit.see_other(&to);
    Ok(())
}

/// Whom a run changed; none where they are too many for a page.
pub(crate) async fn people(directory: &Directory, run: RunId) -> Result<Option<Vec<UserId>>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    while let Some(people) = directory.to_undo(&asked(run, false), after).await? {
        after = people.last().copied();
        all.extend(people);
        if all.len() > MOST {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

pub(crate) fn asked(run: RunId, hold: bool) -> UndoAsked {
    let terms = Terms { even_if_changed: false, hold };
    UndoAsked { which: Which::Made(Made::ByRun(run)), user: None, provider: None, source: None, terms }
}
