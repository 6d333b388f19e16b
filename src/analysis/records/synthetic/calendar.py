"""The synthetic district's calendar: plausible for Connecticut in 2017-18, but no real district's own."""

import pandas as pd

from analysis.records.school_calendar import near_break

SCHOOL_YEAR = "2017-18"
FIRST_DAY = "2017-08-29"
INSTRUCTIONAL_DAYS = 180

OPEN_IN_SNOW = "snow, schools open"
CLOSED = {
    "2017-09-04": "Labor Day",
    "2017-10-09": "Columbus Day",
    "2017-11-07": "Election Day, staff development",
    "2017-11-10": "Veterans Day",
    "2017-11-23": "Thanksgiving break",
    "2017-11-24": "Thanksgiving break",
    **{f"2017-12-{day}": "winter break" for day in range(25, 30)},
    "2018-01-01": "winter break",
    "2018-01-04": "snow, closed",
    "2018-01-15": "Martin Luther King Day",
    "2018-02-19": "February break",
    "2018-02-20": "February break",
    "2018-03-13": "snow, closed",
    "2018-03-30": "Good Friday",
    **{f"2018-04-{day:02}": "April break" for day in range(9, 14)},
    "2018-05-28": "Memorial Day",
}
NOTES = {FIRST_DAY: "first day", "2018-03-08": OPEN_IN_SNOW}


def calendar() -> pd.DataFrame:
    """Make the calendar: a row a Monday to Friday, from the first day of school to the 180th.

    Returns
    -------
    DataFrame with `date` (text), `instructional` ('true' or 'false') and `note`.
    """
    weekdays = pd.bdate_range(FIRST_DAY, periods=INSTRUCTIONAL_DAYS + len(CLOSED))
    dates = pd.Series(weekdays.strftime("%Y-%m-%d"))
    closed = dates.map(CLOSED)
    return pd.DataFrame(
        {
            "date": dates,
            "instructional": closed.isna().map({True: "true", False: "false"}),
            "note": closed.fillna(dates.map(NOTES)).fillna(""),
        }
    )


def instructional_days(table: pd.DataFrame) -> pd.DataFrame:
    """Give the instructional days of a calendar.

    Returns
    -------
    DataFrame with `day` (1 to 180), `date`, `note`, `month` (`2017-09`), `weekday` (`Monday`) and `near_break`.
    """
    days = table.query("instructional == 'true'").reset_index(drop=True)
    return pd.DataFrame(
        {
            "day": range(1, len(days) + 1),
            "date": days["date"],
            "note": days["note"],
            "month": days["date"].str[:7],
            "weekday": pd.to_datetime(days["date"]).dt.day_name(),
            "near_break": near_break(days["date"]),
        }
    )
