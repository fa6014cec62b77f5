//! What the demo sets up once: shared systems, accounts, the plan.

use super::read_toml;
use base_core::{ContentError, ContentFile};
use serde::Deserialize;

/// A shared information system of the province.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct System {
    /// Short code, such as `CTTDT`.
    pub code: String,
    /// Vietnamese name.
    pub name: String,
    /// `public_service`, `internal`, `infrastructure`, `shared_infrastructure`.
    pub kind: String,
    /// Level by the rule of 2016.
    pub level_2016: u8,
    /// Level by the rule of 2026.
    pub level_2026: u8,
    /// On what the level depends; empty when on nothing.
    pub level_note: String,
    /// Code of the unit that owns it.
    pub owner: String,
    /// Code of the unit that runs it.
    pub operator: String,
    /// Host name.
    pub host: String,
}

/// An account to make at first start. The password is made by code and shown once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoAccount {
    /// Sign-in name.
    pub name: String,
    /// Name shown, Vietnamese.
    pub display_vi: String,
    /// Name shown, English.
    pub display_en: String,
    /// Role, in snake case.
    pub role: String,
    /// Code of the unit the role is limited to; the province when absent.
    pub unit: Option<String>,
    /// Mail address.
    pub mail: String,
}

/// The plan with its indicators and budget lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoPlan {
    /// The plan itself.
    pub plan: PlanHead,
    /// Indicators with their declared values.
    #[serde(rename = "indicator")]
    pub indicators: Vec<DeclaredIndicator>,
    /// Budget lines.
    pub budget: Vec<BudgetLine>,
}

/// Name and source of the plan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanHead {
    /// Code.
    pub code: String,
    /// Year it is for.
    pub year: i32,
    /// Title, Vietnamese.
    pub title_vi: String,
    /// Title, English.
    pub title_en: String,
    /// Number and date of the decision and the plan.
    pub document: String,
}

/// An indicator as the plan declares it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclaredIndicator {
    /// Code.
    pub code: String,
    /// Title, Vietnamese.
    pub title_vi: String,
    /// Title, English.
    pub title_en: String,
    /// Section of the plan.
    pub plan_section: String,
    /// Declared share in percent.
    pub declared_percent: f64,
    /// Declared count.
    pub declared_numerator: u64,
    /// Of how many.
    pub declared_denominator: u64,
    /// What is counted below the line, Vietnamese.
    pub denominator_vi: String,
    /// What is counted below the line, English.
    pub denominator_en: String,
    /// The named set below the line: `units` or `machines`.
    pub denominator_set: String,
    /// The measure that is set beside it.
    pub measure: String,
    /// Hours after which a measurement is stale.
    pub fresh_hours: u32,
}

/// A line of the plan's appendix. Amounts in million đồng.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BudgetLine {
    /// Number in the appendix, such as `I.1`.
    pub code: String,
    /// Group, `I` or `II`.
    pub group: String,
    /// Title, Vietnamese.
    pub title_vi: String,
    /// Title, English.
    pub title_en: String,
    /// Code of the unit in charge.
    pub lead: String,
    /// First year.
    pub from_year: i32,
    /// Last year.
    pub to_year: i32,
    /// Expected cost of all years.
    pub total_million: u64,
    /// Expected cost of the plan's year.
    pub year_million: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemsFile {
    system: Vec<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsFile {
    account: Vec<DemoAccount>,
}

/// The shared systems.
///
/// # Errors
/// When `systems.toml` is missing or wrong.
pub(crate) fn load_systems(files: &[ContentFile]) -> Result<Vec<System>, ContentError> {
    read_toml::<SystemsFile>(files, "systems.toml").map(|f| f.system)
}

/// The accounts, one per role.
///
/// # Errors
/// When `accounts.toml` is missing or wrong, or an account has no name in one of the languages.
pub(crate) fn load_accounts(files: &[ContentFile]) -> Result<Vec<DemoAccount>, ContentError> {
    let AccountsFile { account: accounts } = read_toml(files, "accounts.toml")?;
    match accounts.iter().find(|a| a.display_vi.trim().is_empty() || a.display_en.trim().is_empty()) {
        None => Ok(accounts),
        Some(nameless) => Err(wrong(
            "accounts.toml",
            format!("account {} lacks a name in one of the two languages", nameless.name),
            "fill in display_vi and display_en",
        )),
    }
}

/// The plan.
///
/// # Errors
/// When `plan.toml` is missing or wrong, or its figures contradict each other.
pub(crate) fn load_plan(files: &[ContentFile]) -> Result<DemoPlan, ContentError> {
    let plan: DemoPlan = read_toml(files, "plan.toml")?;
    let found = plan.plan.mistake().or_else(|| plan.indicators.iter().find_map(DeclaredIndicator::mistake));
    let found = found.or_else(|| plan.budget.iter().find_map(|line| line.mistake(&plan.plan)));
    found.map_or(Ok(plan), |message| Err(wrong("plan.toml", message, "correct it after the plan's own text")))
}

fn wrong(file: &str, message: String, remedy: &str) -> ContentError {
    ContentError { file: format!("demo/{file}"), line: None, message, remedy: remedy.to_owned() }
}

impl PlanHead {
    fn mistake(&self) -> Option<String> {
        let nameless = self.title_vi.trim().is_empty() || self.title_en.trim().is_empty();
        nameless.then(|| format!("plan {} lacks a title in one of the two languages", self.code))
    }
}

impl DeclaredIndicator {
    /// What is wrong with the indicator in itself.
    fn mistake(&self) -> Option<String> {
        let texts = [&self.title_vi, &self.title_en, &self.denominator_vi, &self.denominator_en];
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Some(format!("indicator {} lacks a text in one of the two languages", self.code));
        }
        if !["units", "machines"].contains(&self.denominator_set.as_str()) || self.fresh_hours == 0 {
            return Some(format!("indicator {} needs denominator_set units or machines, and fresh_hours", self.code));
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of a province are far below 2^52")]
        let percent = self.declared_numerator as f64 * 100.0 / self.declared_denominator as f64;
        let agrees = (percent - self.declared_percent).abs() < 0.05;
        (!agrees).then(|| {
            format!("indicator {} declares {} % but its figures give {percent:.2} %", self.code, self.declared_percent)
        })
    }
}

impl BudgetLine {
    /// What is wrong with the line in itself or against the plan's year.
    fn mistake(&self, plan: &PlanHead) -> Option<String> {
        let named = [&self.title_vi, &self.title_en, &self.lead].iter().all(|text| !text.trim().is_empty());
        if !named || !self.code.starts_with(&self.group) {
            return Some(format!("budget line {} lacks a title or lead, or is not of group {}", self.code, self.group));
        }
        let in_years = (self.from_year..=self.to_year).contains(&plan.year);
        let sane = in_years && self.year_million <= self.total_million;
        (!sane)
            .then(|| format!("budget line {} does not cover {} or spends more in it than in all", self.code, plan.year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{shipped, units::load_units};

    #[test]
    fn systems_belong_to_units_that_exist() {
        let (files, units) = (shipped(), load_units(&shipped()).expect("units"));
        let known = |code: &str| units.iter().any(|u| u.code == code);
        let systems = load_systems(&files).expect("systems");
        assert_eq!(systems.len(), 8);
        assert!(systems.iter().all(|s| known(&s.owner) && known(&s.operator) && s.host.ends_with(".example")));
        assert!(systems.iter().all(|s| (1..=5).contains(&s.level_2016) && (1..=5).contains(&s.level_2026)));
    }

    #[test]
    fn there_is_one_account_per_role() {
        let (files, units) = (shipped(), load_units(&shipped()).expect("units"));
        let accounts = load_accounts(&files).expect("accounts");
        let mut roles: Vec<&str> = accounts.iter().map(|a| a.role.as_str()).collect();
        roles.sort_unstable();
        assert_eq!(roles, ["administrator", "analyst", "auditor", "head_of_unit", "security_lead", "unit_officer"]);
        for unit in accounts.iter().filter_map(|a| a.unit.as_deref()) {
            assert!(units.iter().any(|u| u.code == unit), "{unit}");
        }
    }

    #[test]
    fn the_plan_adds_up() {
        let plan = load_plan(&shipped()).expect("plan");
        let sums = |group: &str| {
            let lines = plan.budget.iter().filter(|b| b.group == group);
            lines.fold((0, 0), |(total, year), b| (total + b.total_million, year + b.year_million))
        };
        assert_eq!(sums("I"), (7_500, 5_000));
        assert_eq!(sums("II"), (2_500, 1_000));
    }

    #[test]
    fn figures_that_contradict_each_other_are_named() {
        for (from, to, word) in [
            ("declared_percent = 5.0", "declared_percent = 6.0", "firewall_units"),
            ("fresh_hours = 48", "fresh_hours = 0", "licensed_antivirus"),
            ("year_million = 3000", "year_million = 30000", "I.1"),
            ("to_year = 2015", "to_year = 2013", "I.1"),
        ] {
            let mut files = shipped();
            for file in files.iter_mut().filter(|f| f.path.ends_with("plan.toml")) {
                assert!(file.text.contains(from), "{from}");
                file.text = file.text.replace(from, to);
            }
            let error = load_plan(&files).expect_err(to).to_string();
            assert!(error.contains(word) && error.contains("plan.toml"), "{error}");
        }
    }
}
