//! The figures of everybody, each a link to those it counts, and the users of the last thirty days as a line, with a table
//! of the same numbers.

use chrono::NaiveDate;
use identity::search::{Figures, Filters, LastLogin, Query};
use identity::{Status, Timestamp};
use leptos::prelude::*;

use super::list::List;
use crate::components::{label, whole};

/// The line's own units.
const WIDTH: u64 = 290;
const HEIGHT: u64 = 40;

pub(super) fn figures(figures: Option<&Figures>, now: Timestamp) -> impl IntoView + use<> {
    let Some(figures) = figures else {
        return view! { <p class="notice">"Everybody is being counted: the figures are here in a moment."</p> }
            .into_any();
    };
    let of = |word: String, number: u64, filters: Filters| {
        let href = List::new(Query { filters, ..Query::default() }).address();
        view! {
            <div>
                <dt>{word}</dt>
                <dd><a href=href>{whole(number)}</a></dd>
            </div>
        }
        .into_any()
    };
    let none = Filters::default;
    let status = |status| Filters { status: Some(status), ..none() };
    let mut all = vec![of("Users".to_owned(), figures.users(), none())];
    for (name, number) in &figures.by_provider {
        all.push(of(label(name), *number, Filters { provider: Some(name.clone()), ..none() }));
    }
    let today = Filters { login: Some(LastLogin::Today), ..none() };
    all.push(of("Seen today".to_owned(), figures.seen_today, today));
    all.push(of("Disabled".to_owned(), figures.of(Status::Disabled), status(Status::Disabled)));
    all.push(of("Tombstones".to_owned(), figures.of(Status::Tombstone), status(Status::Tombstone)));
    all.push(of("On hold".to_owned(), figures.on_hold, Filters { hold: true, ..none() }));
    let about =
        if figures.users() > identity::search::COUNTED { "about so many, counted" } else { "counted" };
    let seconds = (now - figures.at).num_seconds().max(0);
    view! {
        <dl class="figures">{all}</dl>
        <p class="hint">
            {format!("All figures: {about} at {} UTC, {seconds} s ago.", figures.at.format("%H:%M:%S"))}
        </p>
        {line(&figures.days)}
    }
    .into_any()
}

fn line(days: &[(NaiveDate, u64)]) -> impl IntoView + use<> {
    let most = days.iter().map(|(_, number)| *number).max().unwrap_or_default();
    let all: u64 = days.iter().map(|(_, number)| number).sum();
    let says =
        format!("New users a day in the last 30 days, UTC: {} in all, {} at most.", whole(all), whole(most));
    let rows: Vec<_> = days
        .iter()
        .rev()
        .map(|(day, number)| {
            let filters = Filters { from: Some(*day), to: Some(*day), ..Filters::default() };
            let href = List::new(Query { filters, ..Query::default() }).address();
            view! {
                <tr>
                    <th scope="row"><a href=href><time datetime=day.to_string()>{day.to_string()}</time></a></th>
                    <td class="num">{whole(*number)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <figure class="days">
            <svg
                role="img"
                aria-label=says.clone()
                viewBox=format!("0 -2 {WIDTH} {}", HEIGHT + 4)
                preserveAspectRatio="none"
                fill="none"
                stroke="currentColor"
            >
                <polyline points=points(days, most) stroke-width="2" vector-effect="non-scaling-stroke"></polyline>
            </svg>
            <figcaption class="hint">{says.clone()}</figcaption>
            <details>
                <summary>"The same as a table"</summary>
                <table>
                    <caption>"New users a day"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col" class="num">"New users"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// From the left, the oldest day, to the right; the most of a day is at the top.
fn points(days: &[(NaiveDate, u64)], most: u64) -> String {
    let last = days.len().saturating_sub(1).max(1) as u64;
    let point = |(at, (_, number)): (usize, &(NaiveDate, u64))| {
        let high = number * HEIGHT / most.max(1);
        format!("{},{}", at as u64 * WIDTH / last, HEIGHT - high)
    };
    days.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_from_left_to_right_and_the_most_is_at_the_top() {
        let day = |n: u32| NaiveDate::from_ymd_opt(2026, 11, n).unwrap();
        let days = [(day(1), 0), (day(2), 10), (day(3), 5)];
        assert_eq!(points(&days, 10), "0,40 145,0 290,20");
        assert_eq!(points(&[(day(1), 0)], 0), "0,40");
        assert_eq!(points(&[], 0), "");
    }
}
