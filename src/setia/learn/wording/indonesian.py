"""The words of the reasons in Indonesian."""

from __future__ import annotations

from typing import Final

from setia.learn.wording.table import Table

INDONESIAN: Final = Table(
    phrases={
        "late": "belum berbelanja selama {silence}; biasanya setiap {usual}",
        "late_third": "belum berbelanja selama {silence}; jarak dua pembelian pertama {usual}",
        "in_time": "pembelian terakhir {ago}; biasanya setiap {usual}",
        "last_purchase": "pembelian terakhir {ago}",
        "one_purchase": "baru satu kali berbelanja",
        "purchases_90d": "{level} dalam 90 hari terakhir",
        "purchases_ever": "{purchases} selama {tenure}",
        "visits_30d": "{now} dalam 30 hari terakhir, {before} dalam 30 hari sebelumnya",
        "visits_90d": "{now} dalam 90 hari terakhir, {before} dalam 90 hari sebelumnya",
        "gap_change": "belakangan ini berbelanja setiap {now}; rata-rata setiap {before}",
        "spend_none_30d": "tidak ada belanja dalam 30 hari terakhir; {before} dalam 30 hari sebelumnya",
        "spend_none_90d": "tidak ada belanja dalam 90 hari terakhir; {before} dalam 90 hari sebelumnya",
        "spend_less_30d": "belanja dalam 30 hari terakhir {change} lebih sedikit daripada dalam 30 hari sebelumnya",
        "spend_less_90d": "belanja dalam 90 hari terakhir {change} lebih sedikit daripada dalam 90 hari sebelumnya",
        "spend_more_30d": "belanja dalam 30 hari terakhir {change} lebih banyak daripada dalam 30 hari sebelumnya",
        "spend_more_90d": "belanja dalam 90 hari terakhir {change} lebih banyak daripada dalam 90 hari sebelumnya",
        "spend_times_30d": "belanja dalam 30 hari terakhir {change} dibandingkan 30 hari sebelumnya",
        "spend_times_90d": "belanja dalam 90 hari terakhir {change} dibandingkan 90 hari sebelumnya",
        "value_change": "belakangan ini {now} per pembelian; secara keseluruhan {before}",
        "first_value": "pembelian pertama senilai {level}",
        "mean_value": "{level} per pembelian",
        "gap_range": "jarak antarpembelian {least} sampai {most}",
        "gap_same": "jarak antarpembelian selalu {gap}",
        "categories_lost": "{share} dari kategori yang biasa dibeli tidak dibeli lagi",
        "breadth": "sejauh ini membeli {level}",
        "lines": "{level} per pembelian",
        "discounted": "{level} dari pembelian memakai diskon",
        "undiscounted": "belum pernah membeli dengan diskon",
        "refunded": "{level} dari nilai belanja dikembalikan",
        "unreturned": "belum ada barang yang dikembalikan",
        "season_some": "tahun lalu ada {purchases} pada periode yang sama dengan empat minggu mendatang",
        "season_none": "tahun lalu tidak ada pembelian pada periode yang sama dengan empat minggu mendatang",
        "base_less": "semua pelanggan bersama-sama membeli {change} lebih sedikit daripada empat minggu lalu",
        "base_more": "semua pelanggan bersama-sama membeli {change} lebih banyak daripada empat minggu lalu",
        "weekday": "{level} dari pembelian jatuh pada hari yang sama dalam seminggu",
        "tenure": "menjadi pelanggan selama {level}",
    },
    typical="; umumnya: {typical}",
    numbers={
        "days": ("0 hari", "1 hari", "{n} hari"),
        "every": ("hari", "hari", "{n} hari"),
        "ago": ("pada hari terakhir data", "1 hari yang lalu", "{n} hari yang lalu"),
        "purchases": ("tidak ada pembelian", "1 pembelian", "{n} pembelian"),
        "categories": ("tidak ada kategori", "1 kategori", "{n} kategori"),
        "products": ("tidak ada produk", "1 produk", "{n} produk"),
        "count": ("tidak ada", "1", "{n}"),
    },
    lines=("{n} baris struk", "1 baris struk"),
    shares=("kurang dari 1 %", "{n} %", "{n} kali lipat"),
)
