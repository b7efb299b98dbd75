from tests.clinic import Clinic


def test_a_caller_is_recognised_offered_a_time_and_booked(clinic: Clinic) -> None:
    answer = clinic.book()

    assert answer["status"] == "BOOKED"
    [(status,)] = clinic.all("SELECT status FROM appointments WHERE id = %s", answer["appointmentId"])
    assert status == "booked"
