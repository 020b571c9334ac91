"""Closed forms, definitions word for word, and extremes of the measures of generators."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml_engine.measures import frechet
from ml_engine.measures.frechet import FidRefusedError, fid, moments
from ml_engine.measures.inception_score import inception_score
from ml_engine.measures.intervals import share
from ml_engine.measures.kernel import kid
from ml_engine.measures.memorisation import memorisation
from ml_engine.measures.neighbourhoods import balls_entered, neighbourhoods
from ml_engine.measures.report import Side, measure
from ml_engine.measures.two_samples import two_sample_auc
from ml_engine.measures.variety import pairwise_diversity

Points = NDArray[np.float64]


def normal(
    seed: int, count: int, dimensions: int, shift: float = 0.0, scale: float = 1.0
) -> Points:
    draws = np.random.default_rng(seed)
    return shift + scale * draws.normal(size=(count, dimensions))


def with_moments(points: Points, mean: Points, deviations: Points) -> Points:
    """The points, moved so that their mean and diagonal covariance are exactly these."""
    centred = points - points.mean(axis=0)
    whitened = centred @ np.linalg.inv(np.linalg.cholesky(np.cov(centred.T))).T
    return mean + whitened * deviations


class TestFid:
    def test_of_two_gaussians_is_the_closed_form(self) -> None:
        mean, deviations = np.array([1.0, -2.0, 0.5]), np.array([0.5, 2.0, 3.0])
        a = with_moments(normal(0, 300, 3), np.zeros(3), np.ones(3))
        b = with_moments(normal(1, 400, 3), mean, deviations)
        expected = (mean**2).sum() + ((1 - deviations) ** 2).sum()
        assert frechet.distance(moments(a), moments(b)) == pytest.approx(expected, abs=1e-9)

    def test_moments_come_out_whole_from_parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frechet, "CHUNK", 7)
        points = normal(2, 40, 4, shift=100)
        found = moments(points)
        assert found.mean == pytest.approx(points.mean(axis=0))
        assert found.covariance == pytest.approx(np.cov(points.T))
        rest = frechet.without(found, moments(points[:15]))
        assert rest.covariance == pytest.approx(np.cov(points[15:].T))

    def test_its_bias_is_taken_out(self) -> None:
        """The true distance is 16 · 0.3²; a few hundred images add more than a tenth to it."""
        found = [
            fid(normal(s, 300, 16), normal(50 + s, 300, 16, shift=0.3), seed=0) for s in range(8)
        ]
        unbiased = np.mean([one.unbiased.value for one in found])
        published = np.mean([one.published for one in found])
        assert published > 1.1 * 1.44
        assert unbiased == pytest.approx(1.44, rel=0.06)
        assert sum(one.unbiased.low <= 1.44 <= one.unbiased.high for one in found) >= 6

    def test_it_is_refused_where_its_bias_exceeds_it(self) -> None:
        with pytest.raises(FidRefusedError, match="with 200 images a side its bias is about"):
            fid(normal(0, 200, 16), normal(1, 200, 16), seed=0)

    def test_it_is_refused_where_there_are_fewer_images_than_dimensions(self) -> None:
        with pytest.raises(FidRefusedError, match="needs at least 35"):
            fid(normal(0, 30, 32), normal(1, 30, 32), seed=0)


class TestKid:
    def test_equals_its_definition(self) -> None:
        real, fake = normal(0, 12, 3), normal(1, 9, 3, shift=1)

        def kernel(a: Points, b: Points) -> float:
            return float((a @ b / 3 + 1) ** 3)

        among_real = np.mean(
            [kernel(a, b) for i, a in enumerate(real) for b in np.delete(real, i, 0)]
        )
        among_fake = np.mean(
            [kernel(a, b) for i, a in enumerate(fake) for b in np.delete(fake, i, 0)]
        )
        across = np.mean([kernel(a, b) for a in real for b in fake])
        assert kid(real, fake).value == pytest.approx(among_real + among_fake - 2 * across)

    def test_its_interval_is_that_of_leaving_out_each_image(self) -> None:
        real, fake = normal(0, 20, 3), normal(1, 15, 3, shift=1)
        whole = kid(real, fake)
        of_real = [kid(np.delete(real, i, 0), fake).value for i in range(20)]
        of_fake = [kid(real, np.delete(fake, i, 0)).value for i in range(15)]
        variance = 19 * np.var(of_real) + 14 * np.var(of_fake)
        assert whole.high - whole.value == pytest.approx(2.1448 * np.sqrt(variance), rel=1e-4)

    def test_is_about_zero_for_one_distribution_and_not_for_two(self) -> None:
        values = [kid(normal(s, 200, 8), normal(90 + s, 200, 8)) for s in range(10)]
        assert any(found.value < 0 for found in values)
        assert sum(found.low <= 0 <= found.high for found in values) >= 8
        assert kid(normal(0, 200, 8), normal(1, 200, 8, shift=1)).low > 0


class TestNeighbourhoods:
    def test_density_and_coverage_equal_their_definitions(self) -> None:
        real, fake = normal(0, 40, 5), normal(1, 30, 5, shift=0.5, scale=1.2)
        apart = np.linalg.norm(real[:, None] - real[None], axis=2)
        radii = np.sort(apart, axis=1)[:, 5]
        within = np.linalg.norm(real[:, None] - fake[None], axis=2) <= radii[:, None]
        inside, covered = balls_entered(real, fake, 5)
        assert (inside == within.sum(axis=0)).all()
        assert (covered == within.any(axis=1)).all()

    def test_precision_and_recall_equal_their_definitions(self) -> None:
        real, fake = normal(2, 40, 4), normal(3, 50, 4, shift=0.7)

        def share_inside(points: Points, centres: Points) -> float:
            apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
            radii = np.sort(apart, axis=1)[:, 3]
            within = np.linalg.norm(points[:, None] - centres[None], axis=2) <= radii
            return float(within.any(axis=1).mean())

        found = neighbourhoods(real, fake)
        assert found.precision.value == pytest.approx(share_inside(fake, real))
        assert found.recall.value == pytest.approx(share_inside(real, fake))

    def test_one_good_picture_is_precise_but_recalls_and_covers_nothing(self) -> None:
        real = normal(0, 200, 6)
        found = neighbourhoods(real, real[:1] + 1e-6 * normal(1, 200, 6))
        assert found.precision.value == 1
        assert found.recall.value < 0.02
        assert found.coverage.value < 0.1

    def test_images_of_another_world_are_in_nobody_s_neighbourhood(self) -> None:
        found = neighbourhoods(normal(0, 100, 6), normal(1, 100, 6, shift=50))
        figures = (found.precision, found.recall, found.density, found.coverage)
        assert [figure.value for figure in figures] == [0, 0, 0, 0]
        assert found.coverage.high > 0


class TestTwoSampleAuc:
    def test_is_a_half_for_one_distribution(self) -> None:
        found = two_sample_auc(normal(0, 500, 10), normal(1, 500, 10), seed=0)
        assert found.low < 0.5 < found.high
        assert found.high - found.low < 0.1

    def test_is_one_for_two_that_lie_apart(self) -> None:
        found = two_sample_auc(normal(0, 100, 10), normal(1, 100, 10, shift=3), seed=0)
        assert found.value > 0.999
        assert found.low < found.value

    def test_it_stands_features_that_never_vary(self) -> None:
        assert two_sample_auc(np.ones((40, 5)), np.ones((40, 5)), seed=0).value == 0.5


def test_the_inception_score_counts_classes_that_are_sure_and_even() -> None:
    assert inception_score(np.eye(10)[np.arange(200) % 10]).value == pytest.approx(10)
    assert inception_score(np.full((50, 10), 0.1)).value == pytest.approx(1)


class TestMemorisation:
    def test_copies_of_training_images_are_found(self) -> None:
        training, unseen = normal(0, 300, 8), normal(1, 200, 8)
        found = memorisation(training, unseen, training[:200] + 1e-3 * normal(2, 200, 8))
        assert found.nearer_than_unseen.value > 0.99
        assert found.near_copies.value > 0.99

    def test_a_few_copies_among_honest_images_are_found(self) -> None:
        training, unseen, fake = normal(0, 300, 8), normal(1, 400, 8), normal(2, 400, 8)
        fake[:40] = training[:40]
        assert memorisation(training, unseen, fake).near_copies.low > 0.05

    def test_images_that_are_as_new_as_unseen_ones_are_not_accused(self) -> None:
        found = memorisation(normal(0, 300, 8), normal(1, 400, 8), normal(2, 400, 8))
        assert found.nearer_than_unseen.low < 0.5 < found.nearer_than_unseen.high
        assert found.near_copies.low < 0.01


def test_variety_is_the_ratio_of_mean_distances_between_pairs() -> None:
    real, fake = normal(0, 50, 6), normal(1, 60, 6, scale=0.5)

    def mean_pair(points: Points) -> float:
        apart = np.linalg.norm(points[:, None] - points[None], axis=2)
        return float(apart.sum() / (len(points) * (len(points) - 1)))

    assert pairwise_diversity(real, fake).value == pytest.approx(mean_pair(fake) / mean_pair(real))
    found = [pairwise_diversity(normal(s, 50, 6), normal(50 + s, 60, 6, 0, 0.5)) for s in range(20)]
    assert sum(one.low <= 0.5 <= one.high for one in found) >= 17


def test_a_share_of_all_or_none_still_has_an_interval() -> None:
    """Wilson's interval of 0 of 50, from its formula: z² / (n + z²)."""
    assert share(np.zeros(50, bool)).high == pytest.approx(3.8415 / 53.8415, rel=1e-4)


class TestReport:
    @pytest.fixture
    def sides(self) -> tuple[Side, Side, Side]:
        """Two classes of 100 images and one of 10, in 8 dimensions."""
        classes = np.repeat([0, 1, 2], [100, 100, 10])
        return tuple(  # type: ignore[return-value]
            Side((normal(s, 210, 8) + 4 * np.eye(8)[classes]).astype(np.float32), classes)
            for s in range(3)
        )

    def test_classes_of_too_few_images_say_so(self, sides: tuple[Side, Side, Side]) -> None:
        report = measure(*sides, fake_probabilities=None, seed=0)
        assert report.classes.keys() == {0, 1}
        assert report.refused_classes[2]["all"].startswith("too few: 10 real and 10 synthetic")
        assert "inception_score" not in report.figures

    def test_the_same_seed_gives_the_same_bytes(self, sides: tuple[Side, Side, Side]) -> None:
        once, again = (measure(*sides, fake_probabilities=None, seed=3) for _ in range(2))
        assert repr(once) == repr(again)

    def test_it_refuses_a_handful_of_images(self, sides: tuple[Side, Side, Side]) -> None:
        few = Side(sides[0].features[:5], sides[0].classes[:5])
        with pytest.raises(ValueError, match="at least 20 real"):
            measure(few, sides[1], sides[2], fake_probabilities=None, seed=0)
